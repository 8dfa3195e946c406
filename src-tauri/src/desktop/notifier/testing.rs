//! An opening for the tests of the files beside this one.

use api::Unseen;

/// An upload error of study 189, of a subject of its own.
pub(super) fn opening(sequence: i64) -> Unseen {
    Unseen {
        sequence,
        problem: sequence,
        kind: "upload_error".to_owned(),
        study_id: Some("189".to_owned()),
        subject_id: Some(format!("subject-{sequence}")),
        subject_label: None,
        message: Some("Battery voltage below threshold".to_owned()),
        open: true,
    }
}
