"""An HL7 client after the public libraries: hl7apy builds and reads, the client of hl7 sends over MLLP, here through TLS.

Usage: hl7_client.py PORT SERVER_CERTIFICATE OWN_CERTIFICATE OWN_KEY
"""

import socket
import ssl
import sys

from hl7.client import MLLPClient
from hl7apy import core, parser

PORT, SERVER, CERTIFICATE, KEY = sys.argv[1:5]

context = ssl.create_default_context(cafile=SERVER)
context.load_cert_chain(CERTIFICATE, KEY)


class SecureClient(MLLPClient):
    """MLLPClient knows nothing of TLS, and asks of its socket nothing that TLS has not."""

    def __init__(self, port):
        self.socket = context.wrap_socket(socket.create_connection(("localhost", port), timeout=30), server_hostname="localhost")
        self.encoding = "utf-8"


def message(event, number, record, born):
    made = core.Message("ADT_A01", version="2.5.1")
    made.msh.msh_3, made.msh.msh_4 = "PAS", "RXX01"
    made.msh.msh_7 = "20260301120000"
    made.msh.msh_9 = f"ADT^{event}^ADT_A01"
    made.msh.msh_10, made.msh.msh_11, made.msh.msh_18 = number, "P", "UNICODE UTF-8"
    made.evn.evn_2 = "20260301115800"
    made.pid.pid_3 = f"{record}^^^RXX01^MR"
    made.pid.pid_5 = "Lister^Zoë"
    made.pid.pid_7, made.pid.pid_8 = born, "F"
    made.pv1.pv1_2 = "I"
    return made.to_er7()


def acknowledged(client, sent):
    answer = client.send_message(sent).decode("utf-8").strip("\x0b\x1c\r")
    read = parser.parse_message(answer, find_groups=False)
    errors = [segment.to_er7() for segment in read.children if segment.name == "ERR"]
    return read.msa.msa_1.value, read.msa.msa_2.value, errors


with SecureClient(int(PORT)) as client:
    assert acknowledged(client, message("A04", "M1", "H-1", "20150228")) == ("AA", "M1", [])
    code, number, errors = acknowledged(client, message("A08", "M2", "H-2", "20150231"))
    assert (code, number) == ("AE", "M2") and "F010" in errors[0] and "date_of_birth" in errors[0], errors
    code, number, errors = acknowledged(client, message("A99", "M3", "H-3", "20150228"))
    assert (code, number) == ("AR", "M3") and "|201|" in errors[0], errors
print("all is well")
