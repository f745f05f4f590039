"""A FHIR client after the public libraries: fhirclient (R4) builds and sends, and it and fhir.resources read every answer.

Usage: fhir_client.py BASE SERVER_CERTIFICATE OWN_CERTIFICATE OWN_KEY
Every answer must be a valid resource by the models of both libraries; the last line says "all is well".
"""

import json
import sys

import fhirclient.client
import requests
from fhir.resources import R4B
from fhirclient.models import (
    bundle as bundles,
    capabilitystatement,
    fhirabstractbase,
    operationoutcome,
    patient as patients,
    relatedperson,
)

BASE, SERVER, CERTIFICATE, KEY = sys.argv[1:5]
JSON = "application/fhir+json"
OWN = "https://contactpoint.example/fhir/Id/record"

session = requests.Session()
# No proxy and no certificates of this machine's.
session.trust_env = False
session.verify = SERVER
session.cert = (CERTIFICATE, KEY)
MODELS = {
    "Bundle": bundles.Bundle,
    "OperationOutcome": operationoutcome.OperationOutcome,
    "CapabilityStatement": capabilitystatement.CapabilityStatement,
}


def resource(answer):
    """The resource of an answer, once both libraries have accepted it."""
    assert answer.headers["Content-Type"] == JSON, answer.headers
    value = answer.json()
    R4B.get_fhir_model_class(value["resourceType"]).model_validate_json(answer.text)
    return MODELS[value["resourceType"]](jsondict=value, strict=True)


def said(outcome):
    return [(issue.severity, issue.code, issue.expression) for issue in outcome.issue]


def ask(method, path, value=None, status=None, **headers):
    headers = {"Content-Type": JSON, "Accept": JSON, **{name.replace("_", "-"): text for name, text in headers.items()}}
    body = None if value is None else (value if isinstance(value, str) else json.dumps(value))
    answer = session.request(method, BASE + path, data=body and body.encode(), headers=headers, timeout=30)
    assert status is None or answer.status_code == status, (method, path, answer.status_code, answer.text)
    return answer


def child(number, family="Lister", **more):
    return patients.Patient({
        "resourceType": "Patient", "id": number, "birthDate": "2015-02-28", "gender": "female",
        "meta": {"lastUpdated": "2026-01-31T09:00:00Z"},
        "name": [{"use": "official", "family": family, "given": ["Amelia", "Rose"]}], **more,
    })


def whole(kind, resources):
    """A Bundle, put together by the classes of fhirclient."""
    made = bundles.Bundle({"resourceType": "Bundle", "type": kind})
    made.entry = []
    for one in resources:
        entry = bundles.BundleEntry()
        entry.fullUrl = "urn:uuid:" + one.id
        entry.resource = one
        entry.request = bundles.BundleEntryRequest({"method": "POST", "url": one.resource_type})
        made.entry.append(entry)
    return made.as_json()


# fhirclient asks what there is before anything else.
server = fhirclient.client.FHIRClient(settings={"app_id": "contactpoint-tests", "api_base": BASE + "/"}).server
server.session = session
server.get_capability()
capability = resource(ask("GET", "/metadata", status=200))
[rest] = capability.rest
assert {one.type for one in rest.resource} == {"Patient"}, "what is not there is not listed"
assert {one.code for one in rest.resource[0].interaction} == {"create", "update", "delete"}
assert {one.code for one in rest.interaction} == {"transaction", "batch"}, "no search, no history"
assert {one.name for one in rest.operation} == {"process-message", "import"}
assert rest.operation[0].definition.endswith("/MessageHeader-process-message")
assert [one.mode for one in capability.messaging[0].supportedMessage] == ["receiver"]

# One child.
answer = ask("POST", "/Patient", child("R-1").as_json(), status=202)
assert said(resource(answer)) == [("information", "informational", None)], answer.text
assert answer.headers["Location"] == "/fhir/Patient/R-1" and answer.headers["ETag"].startswith('W/"'), answer.headers
again = ask("PUT", f"/Patient?identifier={OWN}|R-1", child("R-1").as_json(), status=202, Prefer="return=representation")
assert again.text == "" and again.headers["Preference-Applied"] == "return=minimal", "nothing is given out"
known = ask("POST", "/Patient", child("R-1").as_json(), status=202, If_None_Exist=f"identifier={OWN}|R-1")
unknown = ask("POST", "/Patient", child("R-2").as_json(), status=202, If_None_Exist=f"identifier={OWN}|R-2")
assert known.text == unknown.text, "whether a record was there is never told"

# A child with a parent, all or nothing.
mother = relatedperson.RelatedPerson({
    "resourceType": "RelatedPerson", "id": "m", "patient": {"reference": "urn:uuid:R-3"},
    "relationship": [{"coding": [{"code": "MTH"}]}], "name": [{"family": "Lister", "given": ["Ann"]}],
})
answer = resource(ask("POST", "", whole("transaction", [child("R-3"), mother]), status=202))
assert answer.type == "transaction-response"
assert [entry.response.status for entry in answer.entry] == ["202 Accepted", "202 Accepted"]
broken = ask("POST", "", whole("transaction", [child("R-4"), child("R-5", family="Unknown")]), status=422)
outcome = resource(broken)
assert outcome.issue[0].expression == ["Bundle.entry[1].resource"] and "F021" in outcome.issue[0].diagnostics
assert "Unknown " not in outcome.issue[0].details.text.replace("such as Unknown or Test", ""), "no value is repeated"

# Each by itself.
batch = resource(ask("POST", "", whole("batch", [child("R-6"), child("R-7", family="Unknown")]), status=200))
assert [entry.response.status for entry in batch.entry] == ["202 Accepted", "422 Unprocessable Entity"]
aside = operationoutcome.OperationOutcome(batch.as_json()["entry"][1]["response"]["outcome"], strict=True)
assert "put aside under number" in aside.issue[-1].details.text

# What is on no list, what is not FHIR, and what would read.
value = child("R-8").as_json()
value["photo"] = [{"data": "bWFya2Vk"}]
outcome = resource(ask("POST", "/Patient", value, status=422))
assert said(outcome) == [("error", "not-supported", ["Patient.photo"])], said(outcome)
assert said(resource(ask("POST", "", "{", status=400)))[0][1] == "structure"
for method, path in [
    ("GET", "/Patient/R-1"), ("GET", "/Patient?family=Lister"), ("GET", "/Patient"), ("GET", "?_history"),
    ("POST", "/Patient/_search"), ("POST", "/Patient/$match"), ("PATCH", "/Patient/R-1"),
]:
    assert said(resource(ask(method, path, {} if method != "GET" else None, status=405)))[0][1] == "not-supported"
for path in ["/Patient/R-1/_history", "/Patient/R-1/$everything", "/Observation/1"]:
    resource(ask("GET", path, status=404))
try:
    patients.Patient.read("R-1", server)
    raise AssertionError("a child was read")
except (fhirabstractbase.FHIRValidationError, requests.HTTPError):
    pass
resource(ask("PUT", "/Patient?identifier=https://fhir.nhs.uk/Id/nhs-number|9990000018", child("R-1").as_json(), status=400))
resource(ask("PUT", "/Patient/R-1", child("R-1").as_json(), status=412, If_Match='W/"1"'))
resource(ask("POST", "/Patient", child("R-1").as_json(), status=415, Content_Type="text/plain"))
resource(ask("POST", "/Patient", child("R-1").as_json(), status=406, Accept="application/fhir+xml"))
unknown_client = requests.post(BASE + "/Patient", data="{}", headers={"Content-Type": JSON}, verify=SERVER, timeout=30)
assert unknown_client.status_code == 401 and said(resource(unknown_client))[0][1] == "login"

# A feed of patients, lines, the end of a record.
history = {"resourceType": "Bundle", "type": "history", "entry": [
    {"fullUrl": BASE + "/Patient/R-9", "resource": child("R-9").as_json(),
     "request": {"method": "PUT", "url": "Patient/R-9"}, "response": {"status": "200"}},
    {"fullUrl": BASE + "/Patient/R-1", "request": {"method": "PUT", "url": "Patient/R-1"}, "response": {"status": "200"},
     "resource": {"resourceType": "Patient", "id": "R-1", "active": False,
                  "link": [{"type": "replaced-by", "other": {"reference": "Patient/R-9"}}]}},
]}
feed = {"resourceType": "Bundle", "type": "message", "entry": [
    {"fullUrl": "urn:uuid:h", "resource": {
        "resourceType": "MessageHeader", "id": "m-1", "eventUri": "urn:ihe:iti:pmir:2019:patient-feed",
        "source": {"endpoint": "https://pas.example.org/feed"}, "focus": [{"reference": "urn:uuid:b"}]}},
    {"fullUrl": "urn:uuid:b", "resource": history},
]}
answer = resource(ask("POST", "/$process-message", feed, status=200))
header = answer.entry[0].resource
assert (answer.type, header.response.code, header.response.identifier) == ("message", "ok", "m-1")
feed["entry"][0]["resource"]["eventUri"] = "urn:other"
answer = resource(ask("POST", "/$process-message", feed, status=422))
assert answer.entry[0].resource.response.code == "fatal-error"
lines = "\n".join(json.dumps(child(f"R-{number}").as_json()) for number in range(10, 13))
answer = resource(ask("POST", "/$import", lines, status=200, Content_Type="application/fhir+ndjson"))
assert [entry.response.status for entry in answer.entry] == ["202 Accepted"] * 3
resource(ask("DELETE", "/Patient/R-2", status=202))
print("all is well")
