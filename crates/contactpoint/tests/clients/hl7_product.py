"""What a product sends over MLLP by the client of the public library hl7: one message after another, and the code of each answer.

Usage: hl7_product.py PORT FILE      (the messages, a line feed between two of them)
"""

import sys

import hl7
from hl7.client import MLLPClient

PORT, SPOOL = sys.argv[1:3]

with open(SPOOL, encoding="utf-8", newline="") as spool:
    messages = spool.read().split("\n")

with MLLPClient("127.0.0.1", int(PORT)) as client:
    for message in messages:
        answer = client.send_message(message).decode("utf-8").strip("\x0b\x1c\r")
        code, number = [str(field) for field in hl7.parse(answer + "\r").segment("MSA")[1:3]]
        print(code, number)
