//! A form with a file in it (RFC 7578), as browsers send it. What is anything else is no form: nothing is guessed.

use http::{HeaderMap, header};

/// The longest boundary the standard allows (RFC 2046, 5.1.1).
const LONGEST_BOUNDARY: usize = 70;

/// What separates the parts, when the request says that it is such a form.
pub(crate) fn boundary(headers: &HeaderMap) -> Option<String> {
    let kind = headers.get(header::CONTENT_TYPE)?.to_str().ok()?;
    let (kind, rest) = kind.split_once(';')?;
    if !kind.trim().eq_ignore_ascii_case("multipart/form-data") {
        return None;
    }
    let parameters = rest.split(';').filter_map(|parameter| parameter.trim().split_once('='));
    let mut named = parameters.filter(|(name, _)| name.eq_ignore_ascii_case("boundary"));
    let value = named.next()?.1.trim_matches('"');
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"'()+_,-./:=?".contains(&byte);
    ((1..=LONGEST_BOUNDARY).contains(&value.len()) && value.bytes().all(plain)).then(|| value.to_owned())
}

/// The parts, each by its name. What of a file is no UTF-8 stands as U+FFFD, so that the page can say so. `None` for what is
/// not such a form from its first byte to its last.
pub(crate) fn parts(body: &[u8], boundary: &str) -> Option<Vec<(String, String)>> {
    let delimiter = format!("\r\n--{boundary}");
    // The first delimiter has no line before it.
    let mut rest = body.strip_prefix(delimiter.trim_start().as_bytes())?;
    let mut found = Vec::new();
    loop {
        if matches!(rest, b"--" | b"--\r\n") {
            return Some(found);
        }
        rest = rest.strip_prefix(b"\r\n")?;
        let end = place(rest, delimiter.as_bytes())?;
        let (part, after) = rest.split_at_checked(end)?;
        found.push(named(part)?);
        rest = after.get(delimiter.len()..)?;
    }
}

/// The name and the value of one part.
fn named(part: &[u8]) -> Option<(String, String)> {
    let end = place(part, b"\r\n\r\n")?;
    let (headers, value) = part.split_at_checked(end)?;
    let headers = std::str::from_utf8(headers).ok()?;
    let mut dispositions = headers.split("\r\n").filter_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-disposition").then_some(value.trim())
    });
    let disposition = dispositions.next()?.strip_prefix("form-data")?;
    let (_, name) = disposition.split_once(" name=\"")?;
    let (name, _) = name.split_once('"')?;
    let value = String::from_utf8_lossy(value.get(4..)?).into_owned();
    Some((name.to_owned(), value))
}

/// Where the needle first stands.
fn place(hay: &[u8], needle: &[u8]) -> Option<usize> {
    hay.windows(needle.len()).position(|window| window == needle)
}

#[cfg(test)]
mod tests {
    use super::{boundary, parts};
    use http::{HeaderMap, HeaderValue, header};

    const FORM: &str = "--xyz\r\nContent-Disposition: form-data; name=\"form_token\"\r\n\r\ntoken\r\n\
        --xyz\r\nContent-Disposition: form-data; name=\"upload\"; filename=\"a \u{e9}.csv\"\r\nContent-Type: text/csv\r\n\r\n\
        one,two\r\n--xy\r\n\r\n3,4\r\n--xyz--\r\n";

    fn of(kind: &str) -> Option<String> {
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_str(kind).unwrap());
        boundary(&headers)
    }

    #[test]
    fn a_file_comes_out_as_it_was_chosen() {
        let found = parts(FORM.as_bytes(), "xyz").unwrap();
        let expected = [("form_token", "token"), ("upload", "one,two\r\n--xy\r\n\r\n3,4")];
        assert_eq!(found, expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
    }

    #[test]
    fn what_is_cut_off_or_malformed_anywhere_is_no_form() {
        for end in 0..FORM.len() - 2 {
            let cut = FORM.as_bytes().get(..end).unwrap();
            assert_eq!(parts(cut, "xyz"), None, "cut at {end}");
        }
        for wrong in [
            FORM.replacen("--xyz", "x--xyz", 1),
            FORM.replace("form-data", "attachment"),
            FORM.replace(" name=", " title="),
            FORM.replace("Content-Disposition", "X-Disposition"),
            format!("{FORM}more"),
        ] {
            assert_eq!(parts(wrong.as_bytes(), "xyz"), None, "{wrong}");
        }
    }

    #[test]
    fn what_is_no_text_is_told_apart() {
        let mut form = FORM.as_bytes().to_vec();
        let at = FORM.find("one").unwrap();
        form[at] = 0xe9;
        assert!(parts(&form, "xyz").unwrap()[1].1.starts_with('\u{fffd}'));
    }

    #[test]
    fn only_a_form_with_a_boundary_is_one() {
        assert_eq!(
            of("multipart/form-data; boundary=----WebKitFormBoundaryAb1").as_deref(),
            Some("----WebKitFormBoundaryAb1")
        );
        assert_eq!(of("multipart/form-data; charset=utf-8; boundary=\"a b\""), None);
        assert_eq!(of("multipart/form-data; boundary=\"ab\"").as_deref(), Some("ab"));
        let long = format!("multipart/form-data; boundary={}", "a".repeat(71));
        for kind in [
            "multipart/form-data",
            "multipart/form-data; boundary=",
            "multipart/mixed; boundary=a",
            &long,
            "text/plain",
        ] {
            assert_eq!(of(kind), None, "{kind}");
        }
    }
}
