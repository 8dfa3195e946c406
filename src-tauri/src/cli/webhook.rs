//! `webhook add|list|edit|disable|enable|remove`

use std::process::ExitCode;

use anyhow::ensure;
use api::Monitor;
use api::wire::{FormerRow, Validation, WebhookAdded, WebhookForm, WebhookRow};

use super::arguments::{Auth, Webhook, WebhookAct, WebhookAdd, WebhookDetails, WebhookEdit};
use super::out::{Out, note};
use super::table::{Local, Table, known};
use super::{secret, silence};

pub(crate) fn run(monitor: &Monitor, ask: Webhook, out: &mut Out) -> anyhow::Result<ExitCode> {
    let json = ask.json;
    match ask.act {
        WebhookAct::Add(add) => tell(&monitor.webhook_add(&added(add)?)?, "added", json, out)?,
        WebhookAct::List => list(monitor, &monitor.webhooks()?, json, out)?,
        WebhookAct::Edit(edit) => {
            let form = edited(&monitor.webhook(&edit.slug)?, edit)?;
            let outcome = monitor.webhook_edit(&form);
            let wants_yes = outcome.as_ref().is_err_and(|error| error.field.as_deref() == Some("authentication"));
            ensure!(
                !wants_yes || form.confirmed_no_authentication,
                "this turns authentication off, so that anyone who knows the address can send deliveries: say --yes to confirm it"
            );
            tell(&outcome?, "changed", json, out)?;
        }
        WebhookAct::Disable { slug } => {
            monitor.webhook_set_enabled(&slug, false)?;
            out.line(&format!("disabled {slug}: it answers 410 until it is enabled again"))?;
        }
        WebhookAct::Enable { slug } => {
            monitor.webhook_set_enabled(&slug, true)?;
            out.line(&format!("enabled {slug}"))?;
        }
        WebhookAct::Silence { slug, rule } => {
            let row = match rule {
                Some(rule) => monitor.webhook_silence_set(&slug, &rule)?,
                None => monitor.webhook_silence(&slug)?,
            };
            if json {
                out.json(&row)?;
            } else {
                silence::told(&row, &Local::of(monitor)).iter().try_for_each(|line| out.line(line))?;
            }
        }
        WebhookAct::Remove { slug } => {
            monitor.webhook_remove(&slug)?;
            out.line(&format!("removed {slug}: its deliveries stay, its slug is not used again"))?;
        }
    }
    out.done()?;
    Ok(ExitCode::SUCCESS)
}

fn added(add: WebhookAdd) -> anyhow::Result<WebhookForm> {
    let WebhookDetails { auth, username, client_id, secret_stdin, study_id, time_zone, allow, .. } = add.details;
    let auth = auth.unwrap_or(Auth::None);
    Ok(WebhookForm {
        name: add.name,
        slug: add.slug,
        authentication: auth.word().to_owned(),
        username,
        client_id,
        secret: secret_for(auth.word(), secret_stdin)?,
        study_id,
        time_zone,
        allow,
        keep_old_hours: None,
        confirmed_no_authentication: false,
        overdue_days: add.details.overdue_days,
        late_days: add.details.late_days,
        wear_minutes: add.details.wear_minutes,
    })
}

/// What is not named stays as it is.
fn edited(row: &WebhookRow, edit: WebhookEdit) -> anyhow::Result<WebhookForm> {
    let WebhookDetails { auth, username, client_id, secret_stdin, study_id, time_zone, allow, .. } = edit.details;
    let authentication = auth.map_or_else(|| row.authentication.clone(), |auth| auth.word().to_owned());
    Ok(WebhookForm {
        name: edit.name.unwrap_or_else(|| row.name.clone()),
        slug: edit.slug,
        username: username.or_else(|| row.username.clone()),
        client_id: client_id.or_else(|| row.client_id.clone()),
        secret: secret_for(&authentication, secret_stdin)?,
        study_id: study_id.or_else(|| row.study_id.clone()),
        time_zone: time_zone.or_else(|| row.time_zone.clone()),
        allow: if allow.is_empty() { row.allow.clone() } else { allow },
        keep_old_hours: edit.keep_old_hours,
        confirmed_no_authentication: edit.yes,
        overdue_days: edit.details.overdue_days,
        late_days: edit.details.late_days,
        wear_minutes: edit.details.wear_minutes,
        authentication,
    })
}

fn secret_for(authentication: &str, from_stdin: bool) -> anyhow::Result<Option<String>> {
    ensure!(
        !from_stdin || authentication != "none",
        "--secret-stdin: without authentication there is no secret (choose one with --auth)"
    );
    from_stdin.then(secret::read).transpose()
}

fn tell(done: &WebhookAdded, what: &str, json: bool, out: &mut Out) -> anyhow::Result<()> {
    if json {
        out.json(&done.webhook)?;
    } else {
        out.line(&format!("{what} {}: {}", done.webhook.slug, done.webhook.target_url))?;
        if let Some(token_url) = &done.webhook.token_url {
            out.line(&format!("tokens for it: {token_url}"))?;
        }
        if let Some(former) = &done.webhook.former {
            out.line(&format!("the old secret is still accepted until {}", former.until))?;
        }
    }
    for warning in &done.warnings {
        note(&format!("note: {warning}"));
    }
    Ok(())
}

fn list(monitor: &Monitor, rows: &[WebhookRow], json: bool, out: &mut Out) -> anyhow::Result<()> {
    if json {
        return rows.iter().try_for_each(|row| out.json(row));
    }
    let local = Local::of(monitor);
    let mut table = Table::new([
        "SLUG",
        "NAME",
        "AUTHENTICATION",
        "STUDY",
        "TIME ZONE",
        "STATE",
        "SECRET",
        "OLD SECRET",
        "ADDRESS",
    ]);
    for row in rows {
        let state = match (row.enabled, row.validation) {
            (false, _) => "disabled",
            (true, Validation::Waiting) => "waiting for the handshake",
            (true, Validation::SeenUnsigned) => "handshake seen, not signed",
            (true, Validation::Validated) => "validated",
        };
        table.row([
            row.slug.clone(),
            row.name.clone(),
            row.authentication.clone(),
            known(row.study_id.as_ref()),
            known(row.time_zone.as_ref()),
            state.to_owned(),
            known(row.secret_place.as_ref()),
            row.former.as_ref().map_or_else(String::new, |former| old_secret(former, &local)),
            row.target_url.clone(),
        ]);
    }
    Ok(table.print(out, "no webhooks: add one with `webhook add`")?)
}

/// `until 25 Aug 14:05, last used 22 Aug 16:01`, in the computer's zone
fn old_secret(former: &FormerRow, local: &Local) -> String {
    let used =
        former.used_at.as_ref().map_or_else(|| "not used".to_owned(), |at| format!("last used {}", local.time(at)));
    format!("until {}, {used}", local.time(&former.until))
}
