//! Settings and webhooks as a file, for another computer or another day. No secret is in it, and none is asked for: each is set again by hand.
//! Whether the webhooks may be received where the settings say is judged in `listening`.
//!
//! What is taken over is shown first, checked as if it had been typed, and comes about as a whole or not at all.

mod file;
mod listening;

use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::Path;

use serde_json::{Value, json};
use store::state::Webhook;
use study::Action;

use crate::Monitor;
use crate::receiving::place;
use crate::settings;
use crate::times::rfc3339;
use crate::webhooks;
use crate::wire::{ApiError, Settings, SettingsChange, SettingsImport, SettingsPlan, WebhookForm};
use file::{FORMAT, File, Registered, VERSION, read};

/// The most webhooks in one.
const MOST: usize = 500;
/// Settings that stay here: files of this computer.
const STAY: [&str; 2] = ["tls_certificate", "tls_key"];

/// What is to be done, all of it checked.
#[derive(Debug, Default)]
struct Work {
    plan: SettingsPlan,
    settings: Option<Settings>,
    added: Vec<Webhook>,
    changed: Vec<Webhook>,
}

impl Monitor {
    /// Writes settings and webhooks into a new file, without any secret.
    ///
    /// # Errors
    /// When the file is there already, or cannot be written.
    pub fn settings_export(&self, path: &Path) -> Result<(), ApiError> {
        self.write_settings(path, OpenOptions::new().write(true).create_new(true))
    }

    /// The same where a person has said that the file may be replaced.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn settings_export_over(&self, path: &Path) -> Result<(), ApiError> {
        self.write_settings(path, OpenOptions::new().write(true).create(true).truncate(true))
    }

    fn write_settings(&self, path: &Path, how: &OpenOptions) -> Result<(), ApiError> {
        let mut settings = settings::object(&self.settings()?);
        settings.retain(|name, _| !STAY.contains(&name.as_str()));
        let webhooks = self.state().webhooks()?;
        let file = File {
            format: FORMAT.to_owned(),
            version: VERSION,
            program: env!("CARGO_PKG_VERSION").to_owned(),
            exported_at: Some(rfc3339(self.now())),
            settings,
            webhooks: webhooks.iter().filter(|webhook| !webhook.removed).map(registered).collect(),
        };
        let mut text = serde_json::to_vec_pretty(&file)
            .map_err(|error| ApiError::failed(format!("the settings could not be written: {error}")))?;
        text.push(b'\n');
        let written = how.open(path).and_then(|mut file| {
            file.write_all(&text)?;
            file.sync_all()
        });
        written.map_err(|error| {
            let shown = path.display();
            match error.kind() {
                std::io::ErrorKind::AlreadyExists => wrong(format!("{shown} is there already: choose another name")),
                _ => wrong(format!("{shown} cannot be written: {error}")),
            }
        })
    }

    /// Says what a file with settings changes; unless it is a dry run, makes it so, as a whole.
    ///
    /// # Errors
    /// `invalid` for a file that cannot be used, with what is wrong in it, or why it could not be done.
    pub fn settings_import(&self, request: &SettingsImport) -> Result<SettingsPlan, ApiError> {
        let path = Path::new(&request.path);
        let work = self.plan_from(&read(path)?)?;
        if request.dry_run || work.plan.changes.is_empty() {
            return Ok(work.plan);
        }
        let by = self.who(&request.by)?;
        // Whoever is named first becomes the operator: what is taken over is taken over from there on.
        let work = self.plan_from(&read(path)?)?;
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        self.append(&self.taking_over(&work, by, name)?)?;
        let json = work.settings.as_ref().map(|settings| Value::Object(settings::object(settings)));
        let setting = json.as_ref().map(|value| (settings::NAME, value));
        self.state().take_over(setting, &work.added, &work.changed).map_err(|error| {
            ApiError::failed(format!(
                "the change is in the history, but could not be made: {error}. Do it again once that is mended"
            ))
        })?;
        if let Some(new) = &work.settings
            && work.plan.changes.iter().any(|change| change.webhook.is_none() && change.name == place::FIELD)
        {
            self.note_listen_address(new)?;
        }
        self.board().state_changed();
        Ok(work.plan)
    }

    fn taking_over(&self, work: &Work, by: String, file: String) -> Result<Vec<Action>, ApiError> {
        let mut actions = match &work.settings {
            Some(new) => settings::changes(&json!(self.settings()?), &json!(new)),
            None => Vec::new(),
        };
        let of = |change: &str, webhook: &Webhook| Action::Webhook {
            change: change.to_owned(),
            slug: webhook.slug.to_string(),
            details: webhooks::details(webhook, false),
        };
        actions.extend(work.added.iter().map(|webhook| of("added", webhook)));
        actions.extend(work.changed.iter().map(|webhook| of("edited", webhook)));
        actions.push(Action::SettingsImported { by, file, changes: work.plan.changes.len() as u64 });
        Ok(actions)
    }

    fn plan_from(&self, file: &File) -> Result<Work, ApiError> {
        let mut of_webhooks = Work::default();
        self.plan_webhooks(file, &mut of_webhooks)?;
        let kept = self.kept_with(&of_webhooks)?;
        let mut work = Work::default();
        work.plan.exported_at.clone_from(&file.exported_at);
        self.plan_settings(file, &kept, &mut work)?;
        work.plan.changes.append(&mut of_webhooks.plan.changes);
        work.plan.notes.append(&mut of_webhooks.plan.notes);
        (work.added, work.changed) = (of_webhooks.added, of_webhooks.changed);
        if !work.plan.changes.is_empty() {
            let open = self.open_to_others(&work, &kept)?;
            work.plan.notes.extend(open);
        }
        Ok(work)
    }

    fn plan_webhooks(&self, file: &File, work: &mut Work) -> Result<(), ApiError> {
        let known = self.state().webhooks()?;
        if file.webhooks.len() > MOST {
            return Err(wrong(format!("it names more than {MOST} webhooks")));
        }
        for each in &file.webhooks {
            let twice = file.webhooks.iter().filter(|other| other.slug == each.slug).count() > 1;
            if twice {
                return Err(wrong(format!("it names the webhook {} more than once", each.slug)));
            }
            match known.iter().find(|webhook| webhook.slug.as_str() == each.slug.trim()) {
                Some(old) if old.removed => {
                    return Err(of_webhook(
                        each,
                        "it was removed here, and a slug is never used again: take it out of the file",
                    ));
                }
                Some(old) => change(old, each, work)?,
                None => self.plan_new(each, work)?,
            }
        }
        let left =
            known.iter().filter(|old| !old.removed && file.webhooks.iter().all(|each| each.slug != old.slug.as_str()));
        let left: Vec<&str> = left.map(|webhook| webhook.slug.as_str()).collect();
        if !left.is_empty() && !file.webhooks.is_empty() {
            work.plan.notes.push(format!("Not in the file, and left as they are: {}.", left.join(", ")));
        }
        Ok(())
    }

    fn plan_settings(&self, file: &File, kept: &[Webhook], work: &mut Work) -> Result<(), ApiError> {
        let old = settings::object(&self.settings()?);
        let mut new = old.clone();
        for (name, value) in &file.settings {
            if STAY.contains(&name.as_str()) {
                work.plan.notes.push(format!("{name} is a file of another computer, and is left as it is here."));
                continue;
            }
            let slot = new.get_mut(name).ok_or_else(|| {
                wrong(format!("there is no setting called {name}: is the file of a later version of this program?"))
            })?;
            if slot == value {
                continue;
            }
            if name == place::FIELD
                && let Some(why) = self.cannot_listen_as(value, kept)
            {
                work.plan.notes.push(format!("{name} {} is left as it is here: {why}.", shown(value)));
                continue;
            }
            work.plan.changes.push(SettingsChange {
                webhook: None,
                name: name.clone(),
                before: Some(shown(slot)),
                after: shown(value),
            });
            *slot = value.clone();
        }
        if new == old {
            return Ok(());
        }
        let settings: Settings = serde_json::from_value(Value::Object(new))
            .map_err(|error| wrong(format!("a setting in it cannot be used: {error}")))?;
        let checked = settings::checked(&settings).map_err(|error| {
            wrong(format!("the setting {} in it cannot be used: {}", error.field.unwrap_or_default(), error.message))
        })?;
        work.settings = Some(checked);
        Ok(())
    }

    fn plan_new(&self, each: &Registered, work: &mut Work) -> Result<(), ApiError> {
        let mut webhook =
            webhooks::unsecured(&form(each), None, self.now()).map_err(|error| of_webhook(each, &in_field(&error)))?;
        webhook.enabled = each.enabled;
        work.plan.changes.push(SettingsChange {
            webhook: Some(webhook.slug.to_string()),
            name: "webhook".to_owned(),
            before: None,
            after: format!("{} ({})", webhook.name, webhook.authentication),
        });
        if webhook.authentication != centrepoint::Authentication::None {
            work.plan.notes.push(format!(
                "The secret of {} is not in the file: set it under Webhooks. Until then its deliveries are answered 503, and CentrePoint sends them again.",
                webhook.name
            ));
        }
        work.added.push(webhook);
        Ok(())
    }
}

fn change(old: &Webhook, each: &Registered, work: &mut Work) -> Result<(), ApiError> {
    let mut asked = form(each);
    let wanted = (each.authentication.as_str(), &each.username, &each.client_id);
    if wanted != (old.authentication.as_str(), &old.username, &old.client_id) {
        work.plan.notes.push(format!(
            "How {} proves its deliveries differs in the file and is left as it is: it goes with a secret, and that is changed under Webhooks.",
            old.name
        ));
        old.authentication.as_str().clone_into(&mut asked.authentication);
        asked.username.clone_from(&old.username);
        asked.client_id.clone_from(&old.client_id);
    }
    let mut new =
        webhooks::unsecured(&asked, Some(old), old.created_at).map_err(|error| of_webhook(each, &in_field(&error)))?;
    new.enabled = each.enabled;
    if new == *old {
        return Ok(());
    }
    let (before, after) = (webhooks::details(old, false), webhooks::details(&new, false));
    for (name, value) in after.as_object().into_iter().flatten() {
        let was = &before[name];
        if was != value {
            work.plan.changes.push(SettingsChange {
                webhook: Some(old.slug.to_string()),
                name: name.clone(),
                before: Some(shown(was)),
                after: shown(value),
            });
        }
    }
    work.changed.push(new);
    Ok(())
}

fn registered(webhook: &Webhook) -> Registered {
    Registered {
        slug: webhook.slug.to_string(),
        name: webhook.name.clone(),
        authentication: webhook.authentication.to_string(),
        username: webhook.username.clone(),
        client_id: webhook.client_id.clone(),
        study_id: webhook.study_id.clone(),
        time_zone: webhook.time_zone.clone(),
        allow: webhook.allow.clone(),
        enabled: webhook.enabled,
        overdue_days: Some(webhook.levels.overdue_days),
        late_days: Some(webhook.levels.late_days),
        wear_minutes: Some(webhook.levels.wear_minutes),
    }
}

fn form(each: &Registered) -> WebhookForm {
    WebhookForm {
        name: each.name.clone(),
        slug: each.slug.clone(),
        authentication: each.authentication.clone(),
        username: each.username.clone(),
        client_id: each.client_id.clone(),
        study_id: each.study_id.clone(),
        time_zone: each.time_zone.clone(),
        allow: each.allow.clone(),
        // A person sees it among the changes before it comes about.
        confirmed_no_authentication: true,
        overdue_days: each.overdue_days,
        late_days: each.late_days,
        wear_minutes: each.wear_minutes,
        ..WebhookForm::default()
    }
}

fn wrong(message: String) -> ApiError {
    ApiError::invalid("path", message)
}

fn of_webhook(each: &Registered, why: &str) -> ApiError {
    wrong(format!("the webhook {} in it cannot be used: {why}", each.slug))
}

fn in_field(error: &ApiError) -> String {
    let field = error.field.as_deref().unwrap_or_default().replace('_', " ");
    format!("{field}: {}", error.message)
}

/// A value as a person reads it.
fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        Value::Array(all) => all.iter().map(shown).collect::<Vec<_>>().join(", "),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests;
