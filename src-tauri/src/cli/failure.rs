//! How a failure is said: on stderr, in plain words, with the option or the place it is about.

use std::io;
use std::process::ExitCode;

use api::wire::{ApiError, ErrorCode};

use super::out::note;

/// Says why it failed and returns the exit code.
pub(crate) fn say(error: &anyhow::Error) -> ExitCode {
    if is_broken_pipe(error) {
        // Whoever read our output has seen enough.
        return ExitCode::SUCCESS;
    }
    let text = match error.downcast_ref::<ApiError>() {
        Some(error) => of_api(error),
        None => format!("{error:#}"),
    };
    note(&format!("error: {text}"));
    ExitCode::FAILURE
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error
        .chain()
        .any(|cause| cause.downcast_ref::<io::Error>().is_some_and(|cause| cause.kind() == io::ErrorKind::BrokenPipe))
}

fn of_api(error: &ApiError) -> String {
    let option = error.field.as_deref().and_then(option);
    match (error.code, option) {
        (ErrorCode::Query, _) => format!("the query cannot be understood: {}", error.message),
        (_, Some(option)) => format!("{option}: {}", error.message),
        _ => error.message.clone(),
    }
}

/// The option a form's field is on the command line.
fn option(field: &str) -> Option<&'static str> {
    Some(match field {
        "name" => "the name",
        "slug" => "--slug",
        "authentication" => "--auth",
        "username" => "--username",
        "client_id" => "--client-id",
        "secret" => "--secret-stdin",
        "study_id" => "--study-id",
        "time_zone" => "--time-zone",
        "allow" => "--allow",
        "by" => "--by",
        "note" => "--note",
        "text" => "--text",
        "until" => "--until",
        "follow_up" => "--follow-up",
        "overdue_days" => "--overdue-days",
        "late_days" => "--late-days",
        "wear_minutes" => "--wear-minutes",
        "webhook" => "--webhook",
        "files" | "path" => "FILE",
        "from" => "--from",
        "to" => "--to",
        "token_url" => "--token-url",
        "api_url" => "--api-url",
        "webhook_id" => "--webhook-id",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_is_said_by_the_name_of_its_option() {
        let error = ApiError::invalid("secret", "HMAC needs a secret, the same as in the portal");
        assert_eq!(of_api(&error), "--secret-stdin: HMAC needs a secret, the same as in the portal");
        assert_eq!(of_api(&ApiError::failed("the disk is full")), "the disk is full");
    }

    #[test]
    fn a_reader_that_went_away_is_no_failure() {
        let gone: anyhow::Error = io::Error::from(io::ErrorKind::BrokenPipe).into();
        assert!(is_broken_pipe(&gone.context("printing")));
        assert!(!is_broken_pipe(&io::Error::from(io::ErrorKind::StorageFull).into()));
    }
}
