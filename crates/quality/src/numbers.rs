//! One number, however it is written: what is compared where a number comes twice.

use std::borrow::Cow;

use feeds::Kind;

use crate::profile::ValueKind;

/// The number in one form. Letters count the same in either case and white space does not count; nor do the hyphens of an NHS
/// number, and what parts a birth registration may be any mark. A record's own identifier, and anything else, is as it stands.
pub(crate) fn canonical<'v>(kind: &ValueKind, value: &'v str) -> Cow<'v, str> {
    let ValueKind::Feed(kind) = kind else { return Cow::Borrowed(value) };
    let without = |marks: &str| -> String {
        let kept = value.chars().filter(|letter| !letter.is_whitespace() && !marks.contains(*letter));
        kept.map(|letter| letter.to_ascii_uppercase()).collect()
    };
    match kind {
        // Most are ten digits and nothing else.
        Kind::NhsNumber if value.bytes().all(|byte| byte.is_ascii_digit()) => Cow::Borrowed(value),
        Kind::NhsNumber => Cow::Owned(without("-")),
        Kind::UniquePupilNumber | Kind::ChildBenefitNumber => Cow::Owned(without("")),
        Kind::BirthRegistration => {
            let parts = value.split(|letter: char| letter.is_whitespace() || "-/".contains(letter));
            let parts: Vec<&str> = parts.filter(|part| !part.is_empty()).collect();
            Cow::Owned(parts.join("-").to_ascii_uppercase())
        }
        _ => Cow::Borrowed(value),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_the_same_number_however_it_is_written() {
        for (kind, one, other, same) in [
            (Kind::NhsNumber, "9990000018", "999 000 0018", true),
            (Kind::NhsNumber, "9990000018", "999-000-0018", true),
            (Kind::UniquePupilNumber, "H801200001001", "h8012 0000 1001", true),
            (Kind::ChildBenefitNumber, "CHB12345678AA", "chb 12345678 aa", true),
            (Kind::BirthRegistration, "BR-2015-0012345", "br 2015/0012345", true),
            (Kind::BirthRegistration, "1-23", "12-3", false),
            (Kind::RecordId, "r-1", "R-1", false),
        ] {
            let of = |value| canonical(&ValueKind::Feed(kind), value).into_owned();
            assert_eq!(of(one) == of(other), same, "{one} {other}");
        }
    }
}
