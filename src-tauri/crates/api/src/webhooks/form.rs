//! What is typed to add or edit a webhook, checked field by field in plain words. Keeps nothing.

use centrepoint::{Authentication, Secret};
use receiver::Allow;
use store::state::{Levels, Webhook};
use study::Slug;

use super::former::MOST_HOURS;
use crate::lens;
use crate::wire::{ApiError, WebhookForm};

/// The longest name, user name, client id or study id, in characters.
const LONGEST: usize = 200;
/// The longest secret, in bytes.
const LONGEST_SECRET: usize = 1_024;
/// The most days a level may have.
const MOST_DAYS: u32 = 365;
/// The most entries in a list of addresses.
const MOST_ADDRESSES: usize = 100;

/// A form whose every field is right.
pub(super) struct Checked {
    pub(super) name: String,
    pub(super) authentication: Authentication,
    pub(super) username: Option<String>,
    pub(super) client_id: Option<String>,
    pub(super) study_id: Option<String>,
    pub(super) time_zone: Option<String>,
    pub(super) allow: Vec<String>,
    pub(super) levels: Levels,
    /// A new secret.
    pub(super) secret: Option<Secret>,
    /// How long the old one is still accepted.
    pub(super) keep_old_hours: Option<u32>,
}

/// Checks the slug.
pub(super) fn slug(text: &str) -> Result<Slug, ApiError> {
    Slug::new(text.trim()).map_err(|error| ApiError::invalid("slug", error.to_string()))
}

/// Checks everything else. `old` is the webhook that is edited.
pub(super) fn check(form: &WebhookForm, old: Option<&Webhook>) -> Result<Checked, ApiError> {
    let name = line("name", Some(&form.name))?.ok_or_else(|| ApiError::invalid("name", "give the webhook a name"))?;
    let authentication: Authentication =
        form.authentication.parse().map_err(|error| ApiError::invalid("authentication", format!("{error}")))?;
    let switched = old.is_some_and(|old| old.authentication != authentication);
    if switched && authentication == Authentication::None && !form.confirmed_no_authentication {
        let message =
            "this turns authentication off, so that anyone who knows the address can send deliveries: confirm it";
        return Err(ApiError::invalid("authentication", message));
    }
    let username = match authentication {
        Authentication::Basic => Some(username(form)?),
        _ => None,
    };
    let client_id = match authentication {
        Authentication::OAuth2 => Some(
            line("client_id", form.client_id.as_deref())?
                .ok_or_else(|| ApiError::invalid("client_id", "OAuth2 needs a client id"))?,
        ),
        _ => None,
    };
    let has_secret = old.is_some_and(|old| old.secret_place.is_some()) && !switched;
    let secret = secret(form, authentication, has_secret)?;
    let time_zone = line("time_zone", form.time_zone.as_deref())?;
    if let Some(name) = &time_zone
        && lens::zone(name).is_none()
    {
        let message = format!("there is no time zone called {name}: it is a name like Europe/Rome");
        return Err(ApiError::invalid("time_zone", message));
    }
    Ok(Checked {
        name,
        authentication,
        username,
        client_id,
        study_id: line("study_id", form.study_id.as_deref())?,
        time_zone,
        allow: allow(&form.allow)?,
        levels: levels(form, old.map(|old| old.levels).unwrap_or_default())?,
        secret,
        keep_old_hours: keep_old_hours(form)?,
    })
}

fn keep_old_hours(form: &WebhookForm) -> Result<Option<u32>, ApiError> {
    let fits = form.keep_old_hours.is_none_or(|hours| hours <= MOST_HOURS);
    let message = || format!("it is a number of hours from 0 (not at all) to {MOST_HOURS}");
    if fits { Ok(form.keep_old_hours) } else { Err(ApiError::invalid("keep_old_hours", message())) }
}

fn username(form: &WebhookForm) -> Result<String, ApiError> {
    let name = line("username", form.username.as_deref())?
        .ok_or_else(|| ApiError::invalid("username", "Basic needs a user name"))?;
    if name.contains(':') {
        return Err(ApiError::invalid("username", "a user name has no colon"));
    }
    Ok(name)
}

fn secret(form: &WebhookForm, authentication: Authentication, has_one: bool) -> Result<Option<Secret>, ApiError> {
    let wrong = |message: String| Err(ApiError::invalid("secret", message));
    if authentication == Authentication::None {
        return Ok(None);
    }
    match form.secret.as_deref() {
        None | Some("") if has_one => Ok(None),
        None | Some("") => {
            let what = match authentication {
                Authentication::Basic => "Basic needs a password",
                Authentication::OAuth2 => "OAuth2 needs a client secret",
                _ => "HMAC needs a secret",
            };
            wrong(format!("{what}, the same as in the portal"))
        }
        Some(secret) if secret.len() > LONGEST_SECRET => {
            wrong(format!("the secret is longer than {LONGEST_SECRET} bytes"))
        }
        Some(secret) => Ok(Some(Secret::new(secret))),
    }
}

/// One line of text: trimmed, bounded; `None` when empty.
fn line(field: &str, text: Option<&str>) -> Result<Option<String>, ApiError> {
    let text = text.unwrap_or_default().trim();
    if text.chars().count() > LONGEST {
        return Err(ApiError::invalid(field, format!("it is longer than {LONGEST} characters")));
    }
    if text.chars().any(char::is_control) {
        return Err(ApiError::invalid(field, "it has a line end or another control character in it"));
    }
    Ok(Some(text.to_owned()).filter(|text| !text.is_empty()))
}

fn allow(entries: &[String]) -> Result<Vec<String>, ApiError> {
    if entries.len() > MOST_ADDRESSES {
        return Err(ApiError::invalid("allow", format!("the list has more than {MOST_ADDRESSES} addresses")));
    }
    let entries = entries.iter().map(|entry| entry.trim()).filter(|entry| !entry.is_empty());
    let check = |entry: &str| {
        let message = || format!("{entry} is neither `vendor` nor an address like 203.0.113.4 or 203.0.113.0/24");
        if Allow::is_word(entry) { Ok(entry.to_owned()) } else { Err(ApiError::invalid("allow", message())) }
    };
    entries.map(check).collect()
}

/// What is not said stays as it is.
fn levels(form: &WebhookForm, old: Levels) -> Result<Levels, ApiError> {
    let days = |field: &str, days: u32| {
        let wrong = || ApiError::invalid(field, format!("it is a number of days from 1 to {MOST_DAYS}"));
        if (1..=MOST_DAYS).contains(&days) { Ok(days) } else { Err(wrong()) }
    };
    let overdue_days = days("overdue_days", form.overdue_days.unwrap_or(old.overdue_days))?;
    let late_days = days("late_days", form.late_days.unwrap_or(old.late_days))?;
    if late_days <= overdue_days {
        return Err(ApiError::invalid(
            "late_days",
            "a subject is late some days after it is overdue: choose a larger number",
        ));
    }
    let wear_minutes = form.wear_minutes.unwrap_or(old.wear_minutes);
    if !(1..=1_440).contains(&wear_minutes) {
        return Err(ApiError::invalid("wear_minutes", "it is a number of minutes from 1 to 1440 (a day)"));
    }
    Ok(Levels { overdue_days, late_days, wear_minutes })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form() -> WebhookForm {
        WebhookForm {
            name: "Study 189".to_owned(),
            slug: "study-189".to_owned(),
            authentication: "hmac".to_owned(),
            secret: Some("s".to_owned()),
            ..WebhookForm::default()
        }
    }

    fn field(form: &WebhookForm) -> Option<String> {
        check(form, None).err().and_then(|error| error.field)
    }

    #[test]
    fn each_field_says_what_is_wrong_with_it() {
        assert_eq!(field(&form()), None);
        let hours = |hours| field(&WebhookForm { keep_old_hours: Some(hours), ..form() });
        assert_eq!((hours(0), hours(720), hours(721).as_deref()), (None, None, Some("keep_old_hours")));
        assert_eq!(field(&WebhookForm { name: "  ".to_owned(), ..form() }).as_deref(), Some("name"));
        assert_eq!(field(&WebhookForm { name: "a\nb".to_owned(), ..form() }).as_deref(), Some("name"));
        assert_eq!(
            field(&WebhookForm { authentication: "HMAC!".to_owned(), ..form() }).as_deref(),
            Some("authentication")
        );
        assert_eq!(field(&WebhookForm { secret: None, ..form() }).as_deref(), Some("secret"));
        assert_eq!(field(&WebhookForm { secret: Some("x".repeat(1_025)), ..form() }).as_deref(), Some("secret"));
        assert_eq!(
            field(&WebhookForm { time_zone: Some("Europe/Mars".to_owned()), ..form() }).as_deref(),
            Some("time_zone")
        );
        assert_eq!(field(&WebhookForm { allow: vec!["10.0.0.0/33".to_owned()], ..form() }).as_deref(), Some("allow"));
        let basic = WebhookForm { authentication: "basic".to_owned(), ..form() };
        assert_eq!(field(&basic).as_deref(), Some("username"));
        assert_eq!(
            field(&WebhookForm { username: Some("a:b".to_owned()), ..basic.clone() }).as_deref(),
            Some("username")
        );
        assert_eq!(field(&WebhookForm { username: Some("a".to_owned()), ..basic }), None);
        assert_eq!(field(&WebhookForm { authentication: "oauth2".to_owned(), ..form() }).as_deref(), Some("client_id"));
    }

    #[test]
    fn addresses_are_vendor_single_ones_and_ranges() {
        let list = ["vendor", "203.0.113.4", "203.0.113.0/24", "2001:db8::/32", ""].map(str::to_owned);
        assert_eq!(allow(&list).unwrap(), ["vendor", "203.0.113.4", "203.0.113.0/24", "2001:db8::/32"]);
        for wrong in ["Vendor", "300.1.1.1", "10.0.0.0/", "10.0.0.0/-1", "2001:db8::/129", "example.org"] {
            assert!(allow(&[wrong.to_owned()]).is_err(), "{wrong}");
        }
    }
}
