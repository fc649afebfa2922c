use strongroom_types::TimestampMs;

/// How it goes with the public certificate, for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AcmeStatus {
    names: String,
    /// End of the certificate that is served; `None` while the own leaf is.
    pub not_after_ms: Option<TimestampMs>,
    /// What went wrong with the last order, if it did.
    pub trouble: Option<String>,
    /// When the next order is made, after one that went wrong.
    pub next_try_ms: Option<TimestampMs>,
}

impl AcmeStatus {
    pub(super) fn new(names: String) -> Self {
        Self {
            names,
            not_after_ms: None,
            trouble: None,
            next_try_ms: None,
        }
    }

    /// One sentence; anybody may read it.
    pub fn sentence(&self, now_ms: TimestampMs) -> String {
        let names = &self.names;
        let until = |ms: TimestampMs| spoken(ms.saturating_sub(now_ms));
        let again = self.next_try_ms.map_or_else(String::new, |next_ms| {
            match next_ms.saturating_sub(now_ms) {
                0 => "; trying again now".to_owned(),
                left_ms => format!("; trying again in {}", spoken(left_ms)),
            }
        });
        match (self.not_after_ms, &self.trouble) {
            (Some(end_ms), None) => {
                format!("the certificate for {names} ends in {}", until(end_ms))
            }
            (None, None) => format!("a certificate for {names} is being asked for"),
            (None, Some(trouble)) => {
                format!("there is no certificate for {names}: {trouble}{again}")
            }
            (Some(end_ms), Some(trouble)) => format!(
                "the certificate for {names} ends in {} and could not be renewed: {trouble}{again}",
                until(end_ms)
            ),
        }
    }
}

/// A time in its largest whole unit.
fn spoken(ms: u64) -> String {
    let minutes = ms.div_ceil(60_000);
    let (number, unit) = match minutes {
        0..=119 => (minutes, "minute"),
        120..=2_879 => (minutes / 60, "hour"),
        _ => (minutes / 1_440, "day"),
    };
    match number {
        1 => format!("1 {unit}"),
        _ => format!("{number} {unit}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY_MS: u64 = 86_400_000;

    #[test]
    fn every_state_has_its_sentence() {
        let mut status = AcmeStatus::new("rooms.example.org".to_owned());
        let says = |status: &AcmeStatus, text: &str| assert_eq!(status.sentence(DAY_MS), text);
        says(
            &status,
            "a certificate for rooms.example.org is being asked for",
        );
        status.trouble = Some("the ACME server cannot be reached".to_owned());
        status.next_try_ms = Some(DAY_MS + 60_000);
        says(
            &status,
            "there is no certificate for rooms.example.org: the ACME server cannot be reached; \
             trying again in 1 minute",
        );
        status.not_after_ms = Some(DAY_MS * 21);
        status.next_try_ms = Some(DAY_MS + 12 * 3_600_000);
        says(
            &status,
            "the certificate for rooms.example.org ends in 20 days and could not be renewed: \
             the ACME server cannot be reached; trying again in 12 hours",
        );
        status.next_try_ms = Some(DAY_MS - 1);
        assert!(status.sentence(DAY_MS).ends_with("trying again now"));
        (status.trouble, status.next_try_ms) = (None, None);
        says(
            &status,
            "the certificate for rooms.example.org ends in 20 days",
        );
    }
}
