//! Numbers as people read them.

/// `1,234,567`.
pub fn count(value: u64) -> String {
    let digits = value.to_string();
    let mut text = String::new();
    for (position, digit) in digits.chars().enumerate() {
        if position > 0 && (digits.len() - position).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Counts that are kept as fractions, because they can exceed what a count holds.
pub fn whole(value: f64) -> String {
    count(value.round().max(0.0) as u64)
}

/// Bits with their sign: `+12.34`, `−3.20`, `0`.
pub fn bits(value: f64) -> String {
    let text = format!("{:.2}", value.abs());
    match value {
        _ if text == "0.00" => "0".to_owned(),
        value if value < 0.0 => format!("−{text}"),
        _ => format!("+{text}"),
    }
}

/// A share in three digits: `0.853`, `0.0012`, `4.1 × 10⁻⁷`.
pub fn share(value: f64) -> String {
    if value == 0.0 || value >= 0.1 {
        return format!("{value:.3}");
    }
    if value >= 0.001 {
        return format!("{value:.4}");
    }
    let exponent = value.log10().floor() as i32;
    let mantissa = value / 10f64.powi(exponent);
    let raised: String = exponent.abs().to_string().chars().filter_map(superscript).collect();
    format!("{mantissa:.1} × 10⁻{raised}")
}

fn superscript(digit: char) -> Option<char> {
    "⁰¹²³⁴⁵⁶⁷⁸⁹".chars().nth(digit.to_digit(10)? as usize)
}

/// A probability as far as six places tell it.
pub fn probability(value: f64) -> String {
    match value {
        value if value > 0.999_999 => "over 0.999999".to_owned(),
        value if value < 0.000_001 => "under 0.000001".to_owned(),
        value => format!("{value:.6}"),
    }
}

/// A threshold without idle zeros: `0.95`, `0.99999`.
pub fn threshold(value: f64) -> String {
    value.to_string()
}

/// `12.3 %`.
pub fn percent(value: f64) -> String {
    // Adding 0 takes the sign from a negative zero.
    match 100.0 * value + 0.0 {
        percent if percent != 0.0 && percent < 0.01 => "under 0.01 %".to_owned(),
        percent if percent < 1.0 => format!("{percent:.2} %"),
        percent => format!("{percent:.1} %"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_told_in_as_many_digits_as_say_something() {
        assert_eq!([0, 999, 1000, 1_234_567].map(count), ["0", "999", "1,000", "1,234,567"]);
        assert_eq!([12.345, -3.2, 0.001, -0.001].map(bits), ["+12.35", "−3.20", "0", "0"]);
        assert_eq!([0.0, 0.853, 0.0012, 4.1e-7].map(share), ["0.000", "0.853", "0.0012", "4.1 × 10⁻⁷"]);
        let probabilities = [1.0, 0.98765432, 1e-9].map(probability);
        assert_eq!(probabilities, ["over 0.999999", "0.987654", "under 0.000001"]);
        assert_eq!(
            [0.123, 0.0012, 0.00001, -0.0].map(percent),
            ["12.3 %", "0.12 %", "under 0.01 %", "0.00 %"]
        );
    }
}
