//! A handshake as CentrePoint makes it, to oneself: is the code echoed, here and all the way from outside? Not kept.

use store::state::Webhook;

use super::Finding;
use super::site::{Miss, Site, Told, Way, nonce};

/// What the vendor's code is carried in, there and back.
const CODE: &str = centrepoint::handshake::HEADER;

pub(super) fn check(site: &Site, webhook: &Webhook) -> Finding {
    if !webhook.enabled {
        return Finding::amber(
            "The webhook is switched off: CentrePoint’s handshake and deliveries are refused.",
            "Switch it on in Settings, under Webhooks, if it should receive.",
        );
    }
    if site.met(Way::Near).is_err() {
        return Finding::amber(
            "This cannot be told: the receiver does not answer on this computer.",
            "The first check says what to do.",
        );
    }
    match shake(site, webhook, Way::Near) {
        Err(finding) => finding,
        Ok(()) => from_far(site, webhook),
    }
}

fn from_far(site: &Site, webhook: &Webhook) -> Finding {
    let here = "On this computer a handshake is answered as CentrePoint expects.";
    if site.public().is_none() {
        return Finding::amber(
            format!("{here} From outside this cannot be told: no public address is entered."),
            "Enter it in Settings, under General, and check again.",
        );
    }
    let Some(way) = site.far() else {
        return Finding::amber(
            format!("{here} From outside this cannot be told: the way is not clear."),
            "The check of the way from the internet says what to do.",
        );
    };
    match shake(site, webhook, way) {
        Ok(()) if way == Way::Doubted => Finding::amber(
            "A handshake is answered as CentrePoint expects, but CentrePoint does not get that far: nobody outside believes the certificate on the way.",
            "The check of the certificate says what to do.",
        ),
        Ok(()) => Finding::green("A handshake is answered as CentrePoint expects, also by the public address."),
        Err(finding) => finding,
    }
}

/// Makes one; what is wrong, where something is.
fn shake(site: &Site, webhook: &Webhook, way: Way) -> Result<(), Finding> {
    let code = nonce().map_err(|error| Finding::amber(format!("This cannot be told: {error}."), "Check again."))?;
    let body = format!(r#"{{"WebhookId": "0", "ValidationCode": "{code}"}}"#);
    let headers = [
        (centrepoint::headers::EVENT, centrepoint::handshake::EVENT),
        (centrepoint::headers::WEBHOOK_ID, "0"),
        (CODE, code.as_str()),
        ("Content-Type", "application/json"),
    ];
    let path = format!("/hooks/{}", webhook.slug);
    match site.ask(way, "POST", &path, &headers, Some(body.as_bytes())) {
        Ok(told) => judge(&told, webhook, &code),
        Err(miss) => Err(lost(&miss, way)),
    }
}

fn judge(told: &Told, webhook: &Webhook, code: &str) -> Result<(), Finding> {
    let Some(hook) = told.report.hook.as_ref().filter(|hook| hook.slug == webhook.slug.as_str()) else {
        return Err(Finding::red(
            format!("The receiver does not know this webhook: the request arrived for {}.", told.report.path),
            "If the webhook was just added, check again in some seconds. Otherwise the path is changed on the way: let IT see to the proxy.",
        ));
    };
    if !hook.enabled {
        return Err(Finding::amber("The webhook is switched off at the receiver.", "Check again in some seconds."));
    }
    if told.echo.as_deref() == Some(code) {
        return Ok(());
    }
    Err(Finding::red(
        format!(
            "The code of the handshake does not come back unchanged in {CODE}: what stands in front takes it away or changes it."
        ),
        format!("Let IT have the proxy pass on the header {CODE} in both directions."),
    ))
}

fn lost(miss: &Miss, way: Way) -> Finding {
    let (place, next) = match way {
        Way::Near => ("On this computer", "Start CentrePoint Monitor again, then check again."),
        Way::Far | Way::Doubted => (
            "From outside",
            "Let IT see to the proxy: it must pass POST requests for /hooks/ on as they are, with all headers.",
        ),
    };
    Finding::red(format!("{place} a handshake does not get to this receiver: {miss}."), next)
}
