//! A desktop entry's text: what of it says what is started. Pure; after the Desktop Entry Specification 1.5, "The Exec key".

/// What an entry comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Entry {
    /// It is there and does nothing.
    Disabled,
    /// It starts this.
    Starts(Vec<String>),
    /// It starts something, written in a way that no program of this name writes.
    Unclear(String),
}

/// The text of an entry that starts `words`. `None` where one of them has characters that no entry can hold.
pub(super) fn write(words: &[String]) -> Option<String> {
    if words.iter().any(|word| word.chars().any(char::is_control)) {
        return None;
    }
    let exec: Vec<String> = words.iter().map(|word| quoted(word)).collect();
    // A string of an entry has its own backslashes.
    let exec = exec.join(" ").replace('\\', "\\\\");
    Some(format!(
        "[Desktop Entry]\nType=Application\nVersion=1.0\nName=CentrePoint Monitor\nComment=Receives CentrePoint webhooks from the start of the \
         computer on\nExec={exec}\nIcon=centrepoint-monitor\nTerminal=false\nStartupNotify=false\nX-GNOME-Autostart-enabled=true\n"
    ))
}

/// What the entry with this `text` starts.
pub(super) fn read(text: &str) -> Entry {
    let mut is_ours = false;
    let mut exec = None;
    for line in text.lines().map(str::trim) {
        if line.starts_with('[') {
            is_ours = line == "[Desktop Entry]";
        }
        let Some((key, value)) = line.split_once('=').filter(|_| is_ours) else { continue };
        match (key.trim(), value.trim()) {
            // What desktops set where a person switches it off there.
            ("Hidden", "true") | ("X-GNOME-Autostart-enabled", "false") => return Entry::Disabled,
            ("Exec", value) => exec = Some(value),
            _ => {}
        }
    }
    let Some(exec) = exec else { return Entry::Disabled };
    words(exec).map_or_else(|| Entry::Unclear(exec.to_owned()), Entry::Starts)
}

fn quoted(word: &str) -> String {
    let word = word.replace('%', "%%");
    let is_plain = |c: char| c.is_alphanumeric() || matches!(c, '/' | '-' | '_' | '.' | ':' | ',' | '+' | '@' | '%');
    if !word.is_empty() && word.chars().all(is_plain) {
        return word;
    }
    let mut quoted = String::from('"');
    for c in word.chars() {
        if matches!(c, '"' | '`' | '$' | '\\') {
            quoted.push('\\');
        }
        quoted.push(c);
    }
    quoted.push('"');
    quoted
}

/// The words of an `Exec` line; `None` where it is not well made, or has a field code.
fn words(exec: &str) -> Option<Vec<String>> {
    let exec = plain(exec)?;
    let (mut words, mut word, mut is_quoted) = (Vec::new(), None::<String>, false);
    let mut rest = exec.chars();
    while let Some(c) = rest.next() {
        match c {
            '"' => {
                is_quoted = !is_quoted;
                word.get_or_insert_default();
            }
            '\\' if is_quoted => word.get_or_insert_default().push(rest.next()?),
            '%' => {
                if rest.next()? != '%' {
                    return None;
                }
                word.get_or_insert_default().push('%');
            }
            ' ' if !is_quoted => words.extend(word.take()),
            c => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    (!is_quoted).then_some(words)
}

/// Takes away the backslashes that every string of an entry has.
fn plain(value: &str) -> Option<String> {
    let mut plain = String::new();
    let mut rest = value.chars();
    while let Some(c) = rest.next() {
        plain.push(match c {
            '\\' => match rest.next()? {
                's' => ' ',
                'n' => '\n',
                't' => '\t',
                'r' => '\r',
                '\\' => '\\',
                _ => return None,
            },
            c => c,
        });
    }
    Some(plain)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn owned(words: &[&str]) -> Vec<String> {
        words.iter().map(|word| (*word).to_owned()).collect()
    }

    #[test]
    fn an_entry_is_written_as_the_specification_wants_it() {
        let words = owned(&["/opt/Centre Point/monitor", "--data-dir", "/home/a/50% \"$x\" \\y", ""]);
        let text = write(&words).unwrap();
        let exec = text.lines().find_map(|line| line.strip_prefix("Exec=")).unwrap();
        assert_eq!(exec, r#""/opt/Centre Point/monitor" --data-dir "/home/a/50%% \\"\\$x\\" \\\\y" """#);
        assert_eq!(read(&text), Entry::Starts(words));
        assert_eq!(write(&owned(&["a\nExec=evil"])), None, "no line of its own");
    }

    #[test]
    fn what_a_desktop_switched_off_is_off() {
        let text = write(&owned(&["/usr/bin/centrepoint-monitor", "--hidden"])).unwrap();
        for off in ["Hidden=true\n", "X-GNOME-Autostart-enabled=false\n"] {
            let text = text.replace("X-GNOME-Autostart-enabled=true\n", "") + off;
            assert_eq!(read(&text), Entry::Disabled);
        }
        let elsewhere = text.clone() + "[Desktop Action x]\nHidden=true\nExec=other\n";
        assert_eq!(read(&elsewhere), read(&text), "what is said of an action is not said of it");
        assert_eq!(read(""), Entry::Disabled);
        let unclear = "[Desktop Entry]\nExec=sh -c \"sleep 9; monitor %U\n";
        assert_eq!(read(unclear), Entry::Unclear("sh -c \"sleep 9; monitor %U".to_owned()));
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(words in proptest::collection::vec("[^\\p{Cc}]{0,12}", 1..6)) {
            let text = write(&words).unwrap();
            prop_assert_eq!(text.lines().filter(|line| line.starts_with("Exec=")).count(), 1);
            prop_assert_eq!(read(&text), Entry::Starts(words));
        }

        #[test]
        fn anything_can_be_read(text in ".*") {
            read(&text);
            read(&format!("[Desktop Entry]\nExec={text}"));
        }
    }
}
