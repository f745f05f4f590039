//! Characters that Excel writes as `_xHHHH_` in its texts (ECMA-376, ST_Xstring): such as XML does not have, and the underscore
//! that would begin such an escape.

/// Puts what the escapes mean in the place of those behind `from`, where an element's text begins. What is no escape stays.
pub(super) fn decode(text: &mut String, from: usize) {
    let Some(written) = text.get(from..).filter(|written| written.contains("_x")) else { return };
    let meant = meaning(written);
    text.truncate(from);
    text.push_str(&meant);
}

fn meaning(written: &str) -> String {
    let mut meant = String::with_capacity(written.len());
    let mut rest = written;
    while let Some((before, behind)) = rest.find("_x").and_then(|at| rest.split_at_checked(at)) {
        meant.push_str(before);
        let (character, after) = character(behind).unwrap_or(('_', behind.get(1..).unwrap_or_default()));
        meant.push(character);
        rest = after;
    }
    meant.push_str(rest);
    meant
}

/// The character that the text begins with as one escape, or as two halves of one.
fn character(text: &str) -> Option<(char, &str)> {
    let (unit, after) = unit(text)?;
    if let Some(character) = char::from_u32(u32::from(unit)) {
        return Some((character, after));
    }
    let (other, after) = self::unit(after)?;
    let character = char::decode_utf16([unit, other]).next()?.ok()?;
    Some((character, after))
}

fn unit(text: &str) -> Option<(u16, &str)> {
    let (digits, after) = text.strip_prefix("_x")?.split_at_checked(4)?;
    let unit = digits.bytes().all(|byte| byte.is_ascii_hexdigit()).then(|| u16::from_str_radix(digits, 16));
    Some((unit?.ok()?, after.strip_prefix('_')?))
}

#[cfg(test)]
mod tests {
    use super::meaning;

    #[test]
    fn an_escape_is_its_character_and_what_only_resembles_one_stays() {
        for (written, meant) in [
            ("O_x0027_Connor", "O'Connor"),
            ("_x005F_x000D_", "_x000D_"),
            ("a_x000d__x000A_b", "a\r\nb"),
            ("_xD83D__xDE00_", "\u{1F600}"),
            ("_xD83D_alone", "_xD83D_alone"),
            ("_x12_ _x00é_ _xGGGG_ a_x", "_x12_ _x00é_ _xGGGG_ a_x"),
            ("__x0041__", "_A_"),
        ] {
            assert_eq!(meaning(written), meant, "{written}");
        }
    }
}
