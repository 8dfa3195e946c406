//! E-mail over SMTP.

use centrepoint::Secret;
use lettre::message::header::ContentType;
use lettre::message::{Mailbox, Message as Letter};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Tls, TlsParameters, TlsParametersBuilder};
use lettre::{SmtpTransport, Transport as _};

use crate::told::told;
use crate::{Message, Trouble, WAIT, is_here};

/// Most addresses of one message.
const MOST_TO: usize = 20;

/// How the way to the mail server is kept from others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Security {
    /// TLS from the first byte; usually port 465.
    Tls,
    /// TLS once both agreed on it, and nothing without it; usually port 587.
    StartTls,
    /// In the clear: on this computer alone.
    None,
}

/// A mail server, whom to send as, and to whom.
#[derive(Debug, Clone)]
pub struct Mail {
    /// Its name.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the way is kept.
    pub security: Security,
    /// The user's name and password; `None`: it asks for none.
    pub credentials: Option<(String, Secret)>,
    /// Whom it comes from.
    pub from: String,
    /// To whom.
    pub to: Vec<String>,
}

impl Mail {
    /// Whether it can be right, as far as that is to be known without asking the server.
    ///
    /// # Errors
    /// What is wrong.
    pub fn check(&self) -> Result<(), Trouble> {
        let wrong = |field, why: &str| Err(Trouble::Settings(field, why.to_owned()));
        let fits = |c: char| c.is_ascii_alphanumeric() || "-._:[]".contains(c);
        if self.host.is_empty() || self.host.len() > 253 || !self.host.chars().all(fits) {
            return wrong("mail_host", "the mail server is a name like mail.example.org");
        }
        if self.port == 0 {
            return wrong("mail_port", "the port is a number from 1 to 65535");
        }
        if self.security == Security::None && !is_here(&self.host) {
            return wrong("mail_security", "without TLS the message and the password would travel in the clear");
        }
        self.letter(&Message { subject: String::new(), text: String::new() }).map(drop)
    }

    /// Sends it; what the server answered.
    ///
    /// # Errors
    /// When it was not taken, or the settings cannot be right.
    pub fn send(&self, message: &Message) -> Result<String, Trouble> {
        self.send_with(message, TlsParameters::builder(self.host.clone()))
    }

    fn send_with(&self, message: &Message, tls: TlsParametersBuilder) -> Result<String, Trouble> {
        self.check()?;
        let letter = self.letter(message)?;
        let clean = |text: &str| {
            let password = self.credentials.as_ref().map(|(_, password)| password.expose().to_vec());
            let password = String::from_utf8(password.unwrap_or_default()).unwrap_or_default();
            told(text, &[&password])
        };
        let tls = || tls.build().map_err(|error| Trouble::not_taken(clean(&error.to_string())));
        let tls = match self.security {
            Security::Tls => Tls::Wrapper(tls()?),
            Security::StartTls => Tls::Required(tls()?),
            Security::None => Tls::None,
        };
        let mut server = SmtpTransport::builder_dangerous(&self.host).port(self.port).tls(tls).timeout(Some(WAIT));
        if let Some((user, password)) = &self.credentials {
            let password = String::from_utf8(password.expose().to_vec())
                .map_err(|_| Trouble::Settings("mail_password", "the password is not text".to_owned()))?;
            server = server.credentials(Credentials::new(user.clone(), password));
        }
        match server.build().send(&letter) {
            Ok(answer) => {
                let lines: Vec<&str> = answer.message().collect();
                Ok(clean(&format!("{} {}", answer.code(), lines.join(" "))))
            }
            Err(error) => Err(Trouble::not_taken(clean(&in_full(&error)))),
        }
    }

    fn letter(&self, message: &Message) -> Result<Letter, Trouble> {
        let mailbox = |field, text: &str| {
            let wrong =
                || Trouble::Settings(field, format!("{} is not an address like ann@example.org", told(text, &[])));
            text.trim().parse::<Mailbox>().map_err(|_| wrong())
        };
        if self.to.is_empty() || self.to.len() > MOST_TO {
            return Err(Trouble::Settings("mail_to", format!("name 1 to {MOST_TO} addresses")));
        }
        let mut letter = Letter::builder().from(mailbox("mail_from", &self.from)?);
        for to in &self.to {
            letter = letter.to(mailbox("mail_to", to)?);
        }
        letter
            .subject(told(&message.subject, &[]))
            .header(ContentType::TEXT_PLAIN)
            .body(message.text.clone())
            .map_err(|error| Trouble::Settings("mail_from", error.to_string()))
    }
}

/// An error with what is behind it.
fn in_full(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let cause_text = cause.to_string();
        if !text.contains(&cause_text) {
            text = format!("{text}: {cause_text}");
        }
        source = cause.source();
    }
    text
}

#[cfg(test)]
mod tests;
