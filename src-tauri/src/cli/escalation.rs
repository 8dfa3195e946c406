//! `escalation status|test|on|off|mail|chat`

use std::process::ExitCode;

use api::Monitor;
use api::wire::{EscalationForm, EscalationMail, EscalationRules, EscalationStatus};

use super::arguments::{Escalation, EscalationAct, EscalationKind, EscalationMail as MailArguments, EscalationOn};
use super::out::Out;
use super::secret;
use super::table::{Local, Table};

pub(crate) fn run(monitor: &Monitor, ask: Escalation, out: &mut Out) -> anyhow::Result<ExitCode> {
    let json = ask.json;
    let rules = monitor.escalation()?.rules;
    let set = |rules, password, chat_url| monitor.escalation_set(&EscalationForm { rules, password, chat_url });
    let status = match ask.act {
        EscalationAct::Test => return test(monitor, json, out),
        EscalationAct::Status => monitor.escalation()?,
        EscalationAct::On(on) => set(switched_on(rules, &on), None, None)?,
        EscalationAct::Off => set(EscalationRules { on: false, ..rules }, None, None)?,
        EscalationAct::Mail(ask) if ask.remove => {
            set(EscalationRules { mail: None, ..rules }, Some(String::new()), None)?
        }
        EscalationAct::Mail(ask) => {
            let password = ask.secret_stdin.then(secret::read).transpose()?;
            set(EscalationRules { mail: Some(mail(ask)), ..rules }, password, None)?
        }
        EscalationAct::Chat(ask) => {
            let url = if ask.remove { String::new() } else { secret::read()? };
            set(rules, None, Some(url))?
        }
    };
    if json {
        out.json(&status)?;
    } else {
        tell(&status, &Local::of(monitor), out)?;
    }
    out.done()?;
    Ok(ExitCode::SUCCESS)
}

fn switched_on(rules: EscalationRules, on: &EscalationOn) -> EscalationRules {
    let chosen = |kind| on.kinds.is_empty() || on.kinds.contains(&kind);
    EscalationRules {
        on: true,
        after_hours: on.after_hours.unwrap_or(rules.after_hours),
        errors: chosen(EscalationKind::Errors),
        stuck: chosen(EscalationKind::Stuck),
        silence: chosen(EscalationKind::Silence),
        not_receiving: chosen(EscalationKind::NotReceiving),
        with_subjects: on.subjects.unwrap_or(rules.with_subjects),
        ..rules
    }
}

fn mail(ask: MailArguments) -> EscalationMail {
    let usual = match ask.security.as_str() {
        "tls" => 465,
        "none" => 25,
        _ => 587,
    };
    EscalationMail {
        host: ask.host.unwrap_or_default(),
        port: ask.port.unwrap_or(usual),
        security: ask.security,
        username: ask.username,
        from: ask.from.unwrap_or_default(),
        to: ask.to,
    }
}

/// Exit 1 where a server did not take it.
fn test(monitor: &Monitor, json: bool, out: &mut Out) -> anyhow::Result<ExitCode> {
    let answers = monitor.escalation_test()?;
    for answer in &answers {
        if json {
            out.json(answer)?;
        } else {
            let outcome = if answer.taken { "taken" } else { "NOT taken" };
            out.line(&format!("{}: {outcome}: {}", answer.way, answer.said))?;
        }
    }
    out.done()?;
    Ok(if answers.iter().all(|answer| answer.taken) { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn tell(status: &EscalationStatus, local: &Local, out: &mut Out) -> anyhow::Result<()> {
    let rules = &status.rules;
    let kinds = [
        ("errors", rules.errors),
        ("stuck", rules.stuck),
        ("silence", rules.silence),
        ("not_receiving", rules.not_receiving),
    ];
    let kinds: Vec<&str> = kinds.into_iter().filter(|(_, is_chosen)| *is_chosen).map(|(kind, _)| kind).collect();
    out.line(&if rules.on {
        format!("on: what nobody acknowledged for {} h goes out ({})", rules.after_hours, kinds.join(", "))
    } else {
        "off: nothing goes out".to_owned()
    })?;
    let place = |place: &Option<String>| place.clone().unwrap_or_else(|| "not set".to_owned());
    match &rules.mail {
        Some(mail) => out.line(&format!(
            "e-mail: {}:{} ({}) to {}, password: {}",
            mail.host,
            mail.port,
            mail.security,
            mail.to.join(", "),
            place(&status.password_place)
        ))?,
        None => out.line("e-mail: not set up")?,
    }
    out.line(&format!(
        "chat: {}",
        status.chat_place.as_ref().map_or("not set up".to_owned(), |at| format!("its address is in the {at}"))
    ))?;
    if status.messages.is_empty() {
        return Ok(());
    }
    let mut table = Table::new(["MADE", "WAY", "PROBLEMS", "STANDS", "TRIES", "THE SERVER SAID"]);
    for message in &status.messages {
        table.row([
            local.time(&message.made_at),
            message.way.clone(),
            message.problems.to_string(),
            message.standing.replace('_', " "),
            message.tries.to_string(),
            message.said.clone(),
        ]);
    }
    Ok(table.print(out, "")?)
}
