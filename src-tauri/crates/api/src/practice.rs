//! Practice: a data folder of its own with a webhook that a simulated study can be sent to.

use centrepoint::{Credentials, Secret};

use crate::Monitor;
use crate::secret::secret_generate;
use crate::wire::{ApiError, WebhookForm};

/// The practice webhook's slug.
const SLUG: &str = "practice";
/// Its study.
const STUDY: &str = "189";

/// What a simulated sender needs.
#[derive(Debug, Clone)]
pub struct Practice {
    /// The path on the receiver: `/hooks/practice`.
    pub path: String,
    /// What to sign with.
    pub credentials: Credentials,
    /// The study to send.
    pub study_id: String,
}

impl Monitor {
    /// Makes this folder a practice folder, with a webhook whose secret is new each time.
    ///
    /// # Errors
    /// That the folder already has a webhook of a real study, or why something could not be kept.
    pub fn practice(&self) -> Result<Practice, ApiError> {
        let webhooks = self.webhooks()?;
        let is_known = webhooks.iter().any(|webhook| webhook.slug == SLUG);
        if !self.is_practice()? && !webhooks.is_empty() {
            let folder = self.data_folder().display();
            return Err(ApiError::failed(format!(
                "{folder} has webhooks of its own, so it is not used for practice: choose another folder with --data-dir"
            )));
        }
        let secret = secret_generate()?;
        let form = WebhookForm {
            name: "Practice study".to_owned(),
            slug: SLUG.to_owned(),
            authentication: "hmac".to_owned(),
            secret: Some(secret.clone()),
            study_id: Some(STUDY.to_owned()),
            ..WebhookForm::default()
        };
        self.mark_practice()?;
        if is_known {
            self.webhook_edit(&form)?
        } else {
            self.webhook_add(&form)?
        };
        Ok(Practice {
            path: format!("/hooks/{SLUG}"),
            credentials: Credentials::Hmac { passcode: Secret::new(secret) },
            study_id: STUDY.to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::Bench;
    use crate::wire::WebhookForm;

    #[test]
    fn practice_can_be_taken_up_again_but_not_in_a_real_folder() {
        let bench = Bench::new();
        bench.monitor().practice().unwrap();
        assert_eq!(bench.monitor().practice().unwrap().path, "/hooks/practice");
        assert!(bench.monitor().about().unwrap().practice);

        let real = Bench::new();
        let form = WebhookForm {
            name: "A".to_owned(),
            slug: "a".to_owned(),
            authentication: "none".to_owned(),
            ..WebhookForm::default()
        };
        real.monitor().webhook_add(&form).unwrap();
        assert!(real.monitor().practice().is_err());
        assert!(!real.monitor().about().unwrap().practice);
    }
}
