//! `settings export|import`

use std::process::ExitCode;

use api::Monitor;
use api::wire::{SettingsImport, SettingsPlan};

use super::arguments::{Settings, SettingsAct};
use super::out::{Out, note};
use super::table::Table;

pub(crate) fn run(monitor: &Monitor, ask: Settings, out: &mut Out) -> anyhow::Result<ExitCode> {
    match ask.act {
        SettingsAct::Export { file } => {
            monitor.settings_export(&file)?;
            out.line(&format!("written to {}; no secret is in it", file.display()))?;
        }
        SettingsAct::Import { file, yes, by, json } => {
            let request =
                SettingsImport { path: file.display().to_string(), dry_run: !yes, by: by.unwrap_or_default() };
            let plan = monitor.settings_import(&request)?;
            if json { out.json(&plan)? } else { tell(&plan, yes, out)? }
        }
    }
    out.done()?;
    Ok(ExitCode::SUCCESS)
}

fn tell(plan: &SettingsPlan, is_done: bool, out: &mut Out) -> anyhow::Result<()> {
    let mut table = Table::new(["WEBHOOK", "WHAT", "IS", "BECOMES"]);
    for each in &plan.changes {
        table.row([
            each.webhook.clone().unwrap_or_default(),
            each.name.clone(),
            each.before.clone().unwrap_or_default(),
            each.after.clone(),
        ]);
    }
    table.print(out, "nothing: it is all as the file says")?;
    for each in &plan.notes {
        note(each);
    }
    if !plan.changes.is_empty() {
        out.line(if is_done { "changed" } else { "nothing was changed: --yes does it" })?;
    }
    Ok(())
}
