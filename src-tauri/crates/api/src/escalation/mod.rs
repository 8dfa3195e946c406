//! Escalation: what nobody saw to goes out by e-mail or to a chat. Here: what is set, how it stands, and the test. When something goes out is
//! `study`'s business, sending it `herald`'s; the thread that does is in [`keeper`].

mod keeper;
mod words;

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use centrepoint::Secret;
use herald::{Chat, Mail, Message, Security, Trouble};
use secrets::Place;
use serde::{Deserialize, Serialize};
use study::Action;
use study::escalation::{Kind, Ledger, Rule, Standing, Way};

pub(crate) use self::keeper::Escalation;
use crate::Monitor;
use crate::times::rfc3339;
use crate::wire::{
    ApiError, EscalationForm, EscalationMail, EscalationMessage, EscalationRules, EscalationStatus, EscalationTest,
};

/// The setting with the rules.
const RULES: &str = "escalation";
/// The setting with where the secrets are.
const PLACES: &str = "escalation_places";
/// The setting with what went out and what is to.
const LEDGER: &str = "escalation_ledger";
/// A year.
const LONGEST_HOURS: f64 = 8_760.0;
/// The longest text of a field, in characters.
const LONGEST: usize = 200;

/// Where the two secrets are.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
struct Places {
    mail: Option<String>,
    chat: Option<String>,
}

impl Monitor {
    /// What is set, and how it stands.
    ///
    /// # Errors
    /// What SQLite said.
    pub fn escalation(&self) -> Result<EscalationStatus, ApiError> {
        let places = self.escalation_places()?;
        Ok(EscalationStatus {
            rules: self.escalation_rules()?,
            password_place: places.mail,
            chat_place: places.chat,
            messages: told(&self.escalation_ledger()?),
        })
    }

    /// Sets it. What changed is also written into the history, the secrets never.
    ///
    /// # Errors
    /// `invalid` with the field, or why it could not be kept.
    pub fn escalation_set(&self, form: &EscalationForm) -> Result<EscalationStatus, ApiError> {
        let rules = checked(&form.rules)?;
        let old = self.escalation_rules()?;
        let mut places = self.escalation_places()?;
        let url = form.chat_url.as_deref().map(str::trim);
        if let Some(url) = url.filter(|url| !url.is_empty()) {
            Chat::new(Secret::new(url.as_bytes())).map_err(refused)?;
        }
        let has_chat = url.map_or(places.chat.is_some(), |url| !url.is_empty());
        if rules.on && rules.mail.is_none() && !has_chat {
            return Err(ApiError::invalid("on", "set up e-mail or a chat first: there is no way out yet"));
        }
        let asks = rules.mail.as_ref().is_some_and(|mail| !mail.username.is_empty());
        let has_password = form.password.as_ref().map_or(places.mail.is_some(), |password| !password.is_empty());
        if asks && !has_password {
            return Err(ApiError::invalid("mail_password", "type the password that goes with the user name"));
        }
        if rules != old {
            let value = serde_json::to_value(&rules).unwrap_or_default();
            self.append(&[Action::Setting { name: RULES.to_owned(), value }])?;
        }
        self.keep_credential(secrets::MAIL, form.password.as_deref(), &mut places.mail)?;
        self.keep_credential(secrets::CHAT, url, &mut places.chat)?;
        self.state().set_setting(PLACES, &serde_json::to_value(&places).unwrap_or_default())?;
        self.state().set_setting(RULES, &serde_json::to_value(&rules).unwrap_or_default())?;
        self.board().state_changed();
        self.escalation()
    }

    /// Sends a test by each way that is set up, and tells what the servers said. Blocks for up to a minute.
    ///
    /// # Errors
    /// `invalid` where no way is set up, or why a secret cannot be read.
    pub fn escalation_test(&self) -> Result<Vec<EscalationTest>, ApiError> {
        let rules = self.escalation_rules()?;
        let ways = self.escalation_ways(&rules)?;
        if ways.is_empty() {
            return Err(ApiError::invalid("on", "set up e-mail or a chat first: there is no way out yet"));
        }
        let message = words::test(&self.clock().now().to_zoned_datetime(self.zone()));
        Ok(ways
            .into_iter()
            .map(|way| {
                let outcome = self.send(way, &rules, &message);
                let (taken, said) = match outcome {
                    Ok(said) => (true, said),
                    Err(trouble) => (false, trouble.to_string()),
                };
                tracing::info!(way = way.as_str(), taken, "a test of the escalation was sent");
                EscalationTest { way: way.as_str().to_owned(), taken, said }
            })
            .collect())
    }

    fn escalation_rules(&self) -> Result<EscalationRules, ApiError> {
        let Some(value) = self.state().setting(RULES)? else { return Ok(EscalationRules::default()) };
        Ok(serde_json::from_value(value).unwrap_or_else(|error| {
            tracing::warn!(%error, "what escalates cannot be read: nothing does");
            EscalationRules::default()
        }))
    }

    fn escalation_places(&self) -> Result<Places, ApiError> {
        let kept = self.state().setting(PLACES)?;
        Ok(kept.and_then(|value| serde_json::from_value(value).ok()).unwrap_or_default())
    }

    fn escalation_ledger(&self) -> Result<Ledger, ApiError> {
        let kept = self.state().setting(LEDGER)?;
        Ok(kept.and_then(|value| serde_json::from_value(value).ok()).unwrap_or_default())
    }

    /// Keeps the ledger durably: before a try, so that one that was cut short is known.
    fn keep_escalation_ledger(&self, ledger: &Ledger) -> Result<(), ApiError> {
        self.state().set_setting(LEDGER, &serde_json::to_value(ledger).unwrap_or_default())?;
        self.board().state_changed();
        Ok(())
    }

    /// The ways that are set up.
    fn escalation_ways(&self, rules: &EscalationRules) -> Result<Vec<Way>, ApiError> {
        let mail = rules.mail.is_some().then_some(Way::Mail);
        let chat = self.escalation_places()?.chat.is_some().then_some(Way::Chat);
        Ok(mail.into_iter().chain(chat).collect())
    }

    fn send(&self, way: Way, rules: &EscalationRules, message: &Message) -> Result<String, Trouble> {
        let places = self.escalation_places().unwrap_or_default();
        let secret = |name: &str, place: &Option<String>| {
            let place = place.as_deref().and_then(Place::from_word);
            let read = |place| {
                self.secrets().get(name, place).map_err(|error| match error {
                    // After a backup was put back, for instance: secrets are in none.
                    secrets::SecretError::Missing(_) => missing(
                        "on",
                        "its password or address is missing here: type it again under Settings, Escalation",
                    ),
                    other => Trouble::Settings("on", other.to_string()),
                })
            };
            place.map(read).transpose()
        };
        match way {
            Way::Mail => {
                let Some(mail) = &rules.mail else { return Err(missing("mail", "e-mail is not set up")) };
                mail_of(mail, secret(secrets::MAIL, &places.mail)?)?.send(message)
            }
            Way::Chat => match secret(secrets::CHAT, &places.chat)? {
                Some(url) => Chat::new(url)?.send(message),
                None => Err(missing("chat_url", "a chat is not set up")),
            },
        }
    }

    /// Puts a new secret where it belongs, or forgets the one there is.
    fn keep_credential(&self, name: &str, new: Option<&str>, place: &mut Option<String>) -> Result<(), ApiError> {
        let Some(new) = new else { return Ok(()) };
        let old = place.as_deref().and_then(Place::from_word);
        let kept = if new.is_empty() { None } else { Some(self.secrets().put(name, &Secret::new(new.as_bytes()))?) };
        if let Some(old) = old.filter(|old| Some(*old) != kept) {
            self.secrets().forget(name, old)?;
        }
        *place = kept.map(|place| place.as_str().to_owned());
        Ok(())
    }
}

fn missing(field: &'static str, why: &str) -> Trouble {
    Trouble::Settings(field, why.to_owned())
}

fn refused(trouble: Trouble) -> ApiError {
    match trouble {
        Trouble::Settings("chat", why) => ApiError::invalid("chat_url", why),
        Trouble::Settings(field, why) => ApiError::invalid(field, why),
        other @ Trouble::NotTaken { .. } => ApiError::failed(other.to_string()),
    }
}

/// Trimmed, and such as can be right.
fn checked(rules: &EscalationRules) -> Result<EscalationRules, ApiError> {
    if !(rules.after_hours > 0.0 && rules.after_hours <= LONGEST_HOURS) {
        return Err(ApiError::invalid("after_hours", "the hours are a number above 0 and at most 8760 (a year)"));
    }
    if rules.on && kinds(rules).is_empty() {
        return Err(ApiError::invalid("errors", "choose what goes out, or switch it off"));
    }
    let Some(mail) = &rules.mail else { return Ok(rules.clone()) };
    let trimmed = |field: &'static str, text: &str| {
        let text = text.trim();
        if text.chars().count() > LONGEST || text.chars().any(char::is_control) {
            return Err(ApiError::invalid(field, format!("this is one line of at most {LONGEST} characters")));
        }
        Ok(text.to_owned())
    };
    let to: Result<Vec<String>, ApiError> = mail.to.iter().map(|to| trimmed("mail_to", to)).collect();
    let mail = EscalationMail {
        host: trimmed("mail_host", &mail.host)?,
        port: mail.port,
        security: mail.security.clone(),
        username: trimmed("mail_username", &mail.username)?,
        from: trimmed("mail_from", &mail.from)?,
        to: to?.into_iter().filter(|to| !to.is_empty()).collect(),
    };
    mail_of(&mail, None).and_then(|mail| mail.check()).map_err(refused)?;
    Ok(EscalationRules { mail: Some(mail), ..rules.clone() })
}

fn mail_of(mail: &EscalationMail, password: Option<Secret>) -> Result<Mail, Trouble> {
    let security = match mail.security.as_str() {
        "tls" => Security::Tls,
        "starttls" => Security::StartTls,
        "none" => Security::None,
        _ => return Err(missing("mail_security", "the way to the mail server is one of tls, starttls, none")),
    };
    Ok(Mail {
        host: mail.host.clone(),
        port: mail.port,
        security,
        credentials: (!mail.username.is_empty()).then_some(mail.username.clone()).zip(password),
        from: mail.from.clone(),
        to: mail.to.clone(),
    })
}

fn kinds(rules: &EscalationRules) -> BTreeSet<Kind> {
    let chosen = [
        (Kind::Errors, rules.errors),
        (Kind::Stuck, rules.stuck),
        (Kind::Silence, rules.silence),
        (Kind::NotReceiving, rules.not_receiving),
    ];
    chosen.into_iter().filter(|(_, is_chosen)| *is_chosen).map(|(kind, _)| kind).collect()
}

fn rule(rules: &EscalationRules) -> Rule {
    #[expect(clippy::cast_possible_truncation, reason = "checked to be at most a year of hours")]
    let after = (rules.after_hours * 3_600_000_000.0) as i64;
    Rule { after, kinds: kinds(rules) }
}

/// Newest first.
fn told(ledger: &Ledger) -> Vec<EscalationMessage> {
    let whole = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
    let of = |message: &study::escalation::Message| -> Vec<EscalationMessage> {
        let told = |passage: &study::escalation::Passage| EscalationMessage {
            made_at: rfc3339(message.made_at),
            problems: whole(message.keys.len()),
            way: passage.way.as_str().to_owned(),
            standing: standing(passage.standing).to_owned(),
            tries: whole(passage.tries),
            at: rfc3339(passage.at),
            next_at: (passage.standing == Standing::Waiting).then(|| rfc3339(passage.next_at)),
            said: passage.said.clone(),
        };
        message.passages.iter().map(told).collect()
    };
    ledger.messages.iter().rev().flat_map(of).take(50).collect()
}

fn standing(standing: Standing) -> &'static str {
    match standing {
        Standing::Waiting => "waiting",
        Standing::Sent => "sent",
        Standing::GivenUp => "given_up",
        Standing::Withdrawn => "withdrawn",
    }
}
