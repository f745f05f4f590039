//! The elements of the resources and data types that are read.

use super::Part::{Discarded, Passed, Taken};
use super::{Element, Shape};

/// A list of elements; what every resource or every data type has stands before it.
macro_rules! shape {
    ($(#[$doc:meta])* $constant:ident, resource $name:literal, $($element:literal $part:ident $about:literal;)+) => {
        shape!(@ $(#[$doc])* $constant, $name,
            "resourceType" Passed "which resource it is";
            "id" Taken "its name in the sender's system";
            "meta" Taken "when it was last changed";
            "language" Passed "of the resource's text";
            "text" Discarded "free text is never read (rule 1.21)";
            "contained" Taken "resources that stand inside it";
            $($element $part $about;)+);
    };
    ($(#[$doc:meta])* $constant:ident, part $name:literal, $($element:literal $part:ident $about:literal;)+) => {
        shape!(@ $(#[$doc])* $constant, $name, "id" Passed "its name inside the resource"; $($element $part $about;)+);
    };
    (@ $(#[$doc:meta])* $constant:ident, $name:literal, $($element:literal $part:ident $about:literal;)+) => {
        $(#[$doc])*
        pub(crate) static $constant: Shape = Shape { name: $name, elements: { static ELEMENTS: &[Element] = &[$(($element, $part, $about),)+]; ELEMENTS } };
    };
}

shape! { PATIENT, resource "Patient",
    "extension" Taken "those of docs/connect/fhir-lists.md; others are discarded unread";
    "identifier" Taken "numbers: the source's own, the NHS number, others of the list of systems";
    "active" Taken "whether the sender uses the record: `false` is refused, for one that ends is told by DELETE or by a merge";
    "name" Taken "names: official, usual or without a use; nicknames as aliases";
    "gender" Taken "gender";
    "birthDate" Taken "date of birth";
    "address" Taken "where the child lives";
    "contact" Taken "parents and carers";
    "generalPractitioner" Taken "the practice";
    "link" Taken "two of the source's own records are one child's (replaces, replaced-by)";
    "managingOrganization" Passed "who keeps the sender's record";
    "telecom" Discarded "the child's own telephone";
    "maritalStatus" Discarded "marital status";
    "multipleBirthBoolean" Discarded "multiple birth";
    "multipleBirthInteger" Discarded "birth order";
    "deceasedBoolean" Discarded "child deaths are told by a source of their own, with the day (rule 4.6)";
    "deceasedDateTime" Taken "the day of a registered death, of a register of deaths (gro-deaths); of any other source it is discarded";
    "communication" Discarded "languages";
}

shape! { RELATED_PERSON, resource "RelatedPerson",
    "extension" Taken "parental responsibility; others are discarded unread";
    "identifier" Passed "numbers of the person";
    "active" Taken "whether the relationship stands";
    "patient" Taken "whose parent or carer";
    "relationship" Taken "mother, father, parent, guardian, carer";
    "name" Taken "name";
    "telecom" Taken "telephone and e-mail (rule 1.8)";
    "gender" Discarded "gender";
    "birthDate" Discarded "date of birth";
    "address" Discarded "address";
    "period" Taken "whether the relationship has ended";
    "communication" Discarded "languages";
}

shape! { CONTACT, part "Patient.contact",
    "extension" Taken "parental responsibility; others are discarded unread";
    "relationship" Taken "mother, father, parent, guardian, carer";
    "name" Taken "name";
    "telecom" Taken "telephone and e-mail (rule 1.8)";
    "address" Discarded "address";
    "gender" Discarded "gender";
    "organization" Discarded "an organisation";
    "period" Taken "whether the relationship has ended";
}

shape! { LINK, part "Patient.link",
    "extension" Discarded "extensions";
    "other" Taken "the other record";
    "type" Taken "replaces, replaced-by";
}

shape! { ORGANIZATION, resource "Organization",
    "extension" Taken "the local authority in whose area it is; others are discarded unread";
    "identifier" Taken "its code";
    "active" Passed "whether it is in use";
    "name" Taken "name";
    "telecom" Taken "telephone and e-mail";
    "type" Discarded "kind";
    "alias" Discarded "other names";
    "address" Discarded "address";
    "partOf" Discarded "what it belongs to";
    "contact" Discarded "people in it";
    "endpoint" Discarded "technical addresses";
}

shape! { PRACTITIONER, resource "Practitioner",
    "extension" Discarded "extensions";
    "identifier" Discarded "numbers";
    "active" Passed "whether it is in use";
    "name" Taken "name";
    "telecom" Taken "telephone and e-mail";
    "address" Discarded "address";
    "gender" Discarded "gender";
    "birthDate" Discarded "date of birth";
    "qualification" Discarded "qualifications";
    "communication" Discarded "languages";
}

shape! { PRACTITIONER_ROLE, resource "PractitionerRole",
    "extension" Discarded "extensions";
    "identifier" Discarded "numbers";
    "active" Passed "whether it is in use";
    "practitioner" Taken "who";
    "organization" Taken "for whom";
    "healthcareService" Taken "in which service";
    "telecom" Taken "telephone and e-mail";
    "period" Discarded "since when";
    "code" Discarded "role";
    "specialty" Discarded "specialty";
    "location" Discarded "places";
    "availableTime" Discarded "hours";
    "notAvailable" Discarded "absences";
    "availabilityExceptions" Discarded "exceptions";
    "endpoint" Discarded "technical addresses";
}

shape! { HEALTHCARE_SERVICE, resource "HealthcareService",
    "extension" Discarded "extensions";
    "identifier" Discarded "numbers";
    "active" Passed "whether it is in use";
    "providedBy" Taken "the organisation";
    "type" Taken "the service, by the list of services";
    "name" Passed "its name";
    "telecom" Taken "telephone and e-mail";
    "category" Discarded "category";
    "specialty" Discarded "specialty";
    "location" Discarded "places";
    "comment" Discarded "free text is never read (rule 1.21)";
    "extraDetails" Discarded "the same";
    "coverageArea" Discarded "area";
    "serviceProvisionCode" Discarded "terms";
    "eligibility" Discarded "for whom";
    "program" Discarded "programmes";
    "characteristic" Discarded "characteristics";
    "communication" Discarded "languages";
    "referralMethod" Discarded "how to refer";
    "appointmentRequired" Discarded "appointments";
    "availableTime" Discarded "hours";
    "notAvailable" Discarded "absences";
    "availabilityExceptions" Discarded "exceptions";
    "endpoint" Discarded "technical addresses";
}

shape! { EPISODE_OF_CARE, resource "EpisodeOfCare",
    "extension" Taken "whether it is the lead professional; others are discarded unread";
    "identifier" Passed "numbers of the episode";
    "status" Taken "whether it goes on";
    "type" Taken "the service, by the list of services; or school, practice, early help assessment";
    "patient" Taken "with whom";
    "managingOrganization" Taken "the organisation";
    "period" Taken "start and end";
    "careManager" Taken "the practitioner to ask for";
    "statusHistory" Discarded "how it went on";
    "diagnosis" Discarded "diagnoses";
    "referralRequest" Discarded "referrals";
    "team" Discarded "teams";
    "account" Discarded "billing";
}

shape! { CARE_TEAM, resource "CareTeam",
    "extension" Discarded "extensions";
    "identifier" Passed "numbers of the team";
    "status" Taken "whether it goes on";
    "subject" Taken "with whom";
    "period" Taken "start and end of those who have none of their own";
    "participant" Taken "who takes part";
    "managingOrganization" Taken "the organisation of those who have none of their own";
    "category" Discarded "category";
    "name" Discarded "name";
    "encounter" Discarded "visits";
    "reasonCode" Discarded "reasons";
    "reasonReference" Discarded "reasons";
    "telecom" Discarded "telephone of the team";
    "note" Discarded "free text is never read (rule 1.21)";
}

shape! { PARTICIPANT, part "CareTeam.participant",
    "extension" Taken "whether it is the lead professional; others are discarded unread";
    "role" Taken "the service, by the list of services";
    "member" Taken "the practitioner or organisation";
    "onBehalfOf" Taken "the organisation";
    "period" Taken "start and end";
}

shape! { CONSENT, resource "Consent",
    "extension" Taken "whether users may be told that there is a service (rule 8.12); others are discarded unread";
    "identifier" Passed "numbers of the consent";
    "status" Taken "active, or inactive once withdrawn";
    "scope" Passed "what it is about";
    "category" Taken "basis, and who consented on what capacity, by the lists of codes";
    "patient" Taken "whose";
    "dateTime" Taken "when the basis was asserted";
    "organization" Taken "the organisation that asserts the basis";
    "provision" Taken "to which involvement, and when it was withdrawn";
    "performer" Discarded "who consented, by name";
    "sourceAttachment" Discarded "the document stays with the practitioner (rule 3.6)";
    "sourceReference" Discarded "the same";
    "policy" Discarded "policies";
    "policyRule" Discarded "policies";
    "verification" Discarded "checks";
}

shape! { PROVISION, part "Consent.provision",
    "extension" Discarded "extensions";
    "type" Taken "permit";
    "period" Taken "its end is the day of the withdrawal";
    "data" Taken "the EpisodeOfCare that it is about";
    "actor" Discarded "for whom";
    "action" Discarded "what";
    "securityLabel" Discarded "labels";
    "purpose" Discarded "purposes";
    "class" Discarded "content";
    "code" Discarded "content";
    "dataPeriod" Discarded "content";
    "provision" Discarded "exceptions";
}

shape! { DATA, part "Consent.provision.data",
    "extension" Discarded "extensions";
    "meaning" Passed "instance or related";
    "reference" Taken "the EpisodeOfCare that it is about";
}

shape! { META, part "Meta",
    "extension" Passed "extensions";
    "lastUpdated" Taken "when the source last knew this to be so";
    "versionId" Passed "version";
    "source" Passed "where the sender has it from";
    "profile" Passed "profiles";
    "security" Passed "labels: a shield is asked for at the protected desk, never by a feed";
    "tag" Passed "tags";
}

shape! { NAME, part "HumanName",
    "extension" Passed "extensions";
    "use" Taken "which name it is";
    "family" Taken "surname";
    "given" Taken "forenames";
    "text" Passed "the whole name, again";
    "prefix" Passed "title";
    "suffix" Passed "letters after the name";
    "period" Taken "a name that has ended is one no longer used";
}

shape! { TELECOM, part "ContactPoint",
    "extension" Passed "extensions";
    "system" Taken "telephone (phone, sms) or e-mail (email); others are passed over";
    "value" Taken "the number or address";
    "use" Taken "one no longer in use (old) is passed over";
    "rank" Passed "order";
    "period" Taken "a way that has ended is passed over";
}

shape! { ADDRESS, part "Address",
    "extension" Passed "extensions";
    "use" Taken "home, old, temp, work, billing";
    "line" Taken "house, street, locality";
    "city" Taken "town";
    "postalCode" Taken "postcode";
    "type" Taken "nobody lives at a postal one; physical, both";
    "text" Passed "the whole address, again";
    "district" Passed "district";
    "state" Passed "county";
    "country" Passed "country";
    "period" Taken "an address that has ended is at most the last that is known";
}

shape! { IDENTIFIER, part "Identifier",
    "extension" Passed "extensions";
    "system" Taken "which kind of number it is";
    "value" Taken "the number";
    "use" Taken "one no longer in use (old) is discarded";
    "type" Passed "type";
    "period" Taken "a number whose time is over, or has not begun, is discarded";
    "assigner" Passed "who gave it";
}

shape! { REFERENCE, part "Reference",
    "extension" Passed "extensions";
    "reference" Taken "which resource";
    "identifier" Taken "its code";
    "display" Taken "its name, where the resource did not come with it";
    "type" Taken "which type of resource it is";
}

shape! { CONCEPT, part "CodeableConcept",
    "extension" Passed "extensions";
    "coding" Taken "codes";
    "text" Passed "words";
}

shape! { CODING, part "Coding",
    "extension" Passed "extensions";
    "system" Taken "which list";
    "code" Taken "the code";
    "version" Passed "version of the list";
    "display" Passed "words";
    "userSelected" Passed "who chose it";
}

shape! { PERIOD, part "Period",
    "extension" Passed "extensions";
    "start" Taken "from";
    "end" Taken "until";
}

shape! { BUNDLE, resource "Bundle",
    "type" Taken "transaction, batch, message, history";
    "entry" Taken "entries";
    "identifier" Passed "its number";
    "timestamp" Taken "when the source last knew it, where the Patient does not say";
    "total" Passed "count";
    "link" Passed "addresses";
    "signature" Passed "signature: who sends is proved by the connection";
}

shape! { ENTRY, part "Bundle.entry",
    "extension" Passed "extensions";
    "fullUrl" Taken "by what other entries refer to it";
    "resource" Taken "the resource";
    "request" Taken "what is to be done with it";
    "link" Passed "addresses";
    "search" Passed "of a search";
    "response" Passed "of an earlier answer";
}

shape! { REQUEST, part "Bundle.entry.request",
    "extension" Passed "extensions";
    "method" Taken "POST, PUT, DELETE";
    "url" Taken "Patient, Patient/ID, Patient?identifier=SYSTEM|VALUE";
    "ifNoneExist" Taken "identifier=SYSTEM|VALUE";
}

shape! { MESSAGE_HEADER, resource "MessageHeader",
    "extension" Passed "extensions";
    "eventUri" Taken "urn:ihe:iti:pmir:2019:patient-feed";
    "source" Taken "from where";
    "focus" Taken "the history Bundle";
    "destination" Passed "to whom";
    "sender" Passed "who sends: proved by the connection";
    "enterer" Passed "who entered it";
    "author" Passed "who decided it";
    "responsible" Passed "who answers for it";
    "reason" Passed "why";
    "definition" Passed "definition";
}

shape! { SOURCE, part "MessageHeader.source",
    "extension" Passed "extensions";
    "endpoint" Taken "to which address the answer is addressed";
    "name" Passed "name";
    "software" Passed "software";
    "version" Passed "version";
    "contact" Passed "contact";
}

pub(super) static ALL: &[&Shape] = &[
    &PATIENT,
    &CONTACT,
    &LINK,
    &RELATED_PERSON,
    &ORGANIZATION,
    &PRACTITIONER,
    &PRACTITIONER_ROLE,
    &HEALTHCARE_SERVICE,
    &EPISODE_OF_CARE,
    &CARE_TEAM,
    &PARTICIPANT,
    &CONSENT,
    &PROVISION,
    &DATA,
    &META,
    &NAME,
    &TELECOM,
    &ADDRESS,
    &IDENTIFIER,
    &REFERENCE,
    &CONCEPT,
    &CODING,
    &PERIOD,
    &BUNDLE,
    &ENTRY,
    &REQUEST,
    &MESSAGE_HEADER,
    &SOURCE,
];
