//! What the command line does about subjects: the same acts, words and levels as the window.

use serde_json::{Value, json};

use crate::harness::{Folder, Post, json_lines};

/// A webhook of one study with two subjects, each with a completed upload.
fn folder() -> Folder {
    let folder = Folder::new();
    folder.run(&["webhook", "add", "Rome", "--slug", "rome", "--study-id", "189"]).good();
    let serve = folder.serve();
    for (upload, subject) in [("1", "000103"), ("2", "44732")] {
        assert_eq!(serve.post(&Post::upload("rome", upload, subject, "completed")).status, 200);
    }
    serve.stop();
    folder
}

fn subject(folder: &Folder, id: &str) -> Value {
    let mut lines = json_lines(&folder.run(&["subject", "show", id, "--json"]).good());
    assert_eq!(lines.len(), 1);
    lines.remove(0)
}

#[test]
fn subjects_are_finished_put_on_leave_resumed_and_noted() {
    let folder = folder();
    let act = |arguments: &[&str]| folder.run(&[&["subject"], arguments, &["--by", "M. Rossi"]].concat());
    let said = act(&["leave", "000103", "--until", "2099-12-31", "--note", "-on holiday"]).good();
    assert_eq!(said.trim(), "on leave: 1 subject");
    let detail = subject(&folder, "000103");
    assert_eq!((&detail["row"]["state"], &detail["row"]["on_leave_until"]), (&json!("on_leave"), &json!("2099-12-31")));
    let note = &detail["notes"][0];
    assert_eq!(
        (&note["what"], &note["by"], &note["text"]),
        (&json!("on_leave"), &json!("M. Rossi"), &json!("-on holiday"))
    );

    assert_eq!(act(&["finish", "000103", "44732"]).good().trim(), "finished: 2 subjects");
    assert!(folder.list("subjects", &[]).iter().all(|row| row["state"] == "finished"));
    act(&["resume", "000103"]).good();
    act(&["note", "000103", "--note", "called the site"]).good();
    assert_eq!(subject(&folder, "000103")["row"]["state"], "current");

    let shown = folder.run(&["subject", "show", "000103"]).good();
    for part in
        ["000103", "current", "rome", "189", "on leave until 2099-12-31", "-on holiday", "called the site", "M. Rossi"]
    {
        assert!(shown.contains(part), "{part} in {shown}");
    }
}

#[test]
fn an_act_that_cannot_be_changes_nothing_and_is_said_by_its_option() {
    let folder = folder();
    let refused = |arguments: &[&str]| folder.run(&[&["subject"], arguments].concat()).bad();
    assert!(refused(&["finish", "000103", "103", "--by", "Ann"]).contains("no subject with the id 103"));
    assert!(refused(&["leave", "000103", "--by", "Ann", "--until", "Thursday"]).contains("--until"));
    assert!(refused(&["note", "000103", "--by", "Ann"]).contains("--note"));
    assert!(refused(&["finish", "000103", "--by", " "]).contains("--by"));
    assert!(refused(&["finish", "000103", "--by", "Ann", "--webhook", "oslo"]).contains("no subject"));
    assert!(folder.list("subjects", &[]).iter().all(|row| row["state"] == "current"), "all or none");
    assert_eq!(subject(&folder, "000103")["notes"], json!([]));
}

#[test]
fn a_list_is_tried_and_imported_as_a_whole() {
    let folder = folder();
    let file = folder.beside("subjects.csv");
    let name = file.to_str().unwrap();
    std::fs::write(&file, "Subject ID;Label;Site\n000103;TAS-1;012\n;000104;012\n").unwrap();
    let said = folder.run(&["subject", "import", name, "--webhook", "rome", "--dry-run"]).good();
    assert!(said.starts_with("would import 2 subjects: 1 new, 1 changed"), "{said}");
    assert_eq!(folder.list("subjects", &[]).len(), 2, "a dry run changes nothing");

    let import = ["subject", "import", name, "--webhook", "rome", "--by", "M. Rossi", "--json"];
    let report = json_lines(&folder.run(&import).good()).remove(0);
    assert_eq!((&report["rows"], &report["new"], &report["changed"]), (&json!(2), &json!(1), &json!(1)));
    let row = &subject(&folder, "000103")["row"];
    assert_eq!((&row["label"], &row["expected"]), (&json!("TAS-1"), &json!(true)));
    assert_eq!(folder.list("subjects", &[]).len(), 3, "who is expected is listed, with leading zeros");

    std::fs::write(&file, "Subject ID,Label\n7,A\n,\n7,B\n").unwrap();
    let refused = folder.run(&["subject", "import", name, "--webhook", "rome", "--by", "M. Rossi"]).bad();
    assert!(refused.contains("line 4: subject 7 stands in line 2, too"), "{refused}");
    assert_eq!(folder.list("subjects", &[]).len(), 3, "a list with one bad line is not taken");
    folder.run(&["subject", "import", name, "--webhook", "rome"]).bad();
    folder.run(&["subject", "import", "/nowhere.csv", "--webhook", "rome", "--dry-run"]).bad();
}

#[test]
fn levels_are_set_for_each_webhook() {
    let folder = folder();
    let edit = |arguments: &[&str]| folder.run(&[&["webhook", "edit", "rome"], arguments].concat());
    edit(&["--overdue-days", "7", "--late-days", "10"]).good();
    edit(&["--wear-minutes", "480"]).good();
    let row = folder.list("webhook", &["list"]).remove(0);
    assert_eq!((&row["overdue_days"], &row["late_days"], &row["wear_minutes"]), (&json!(7), &json!(10), &json!(480)));
    assert!(edit(&["--late-days", "7"]).bad().contains("--late-days"));
    assert!(edit(&["--wear-minutes", "1441"]).bad().contains("--wear-minutes"));
    assert_eq!(subject(&folder, "000103")["wear_threshold"], 480);
}
