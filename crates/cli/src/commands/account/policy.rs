use crate::commands::prelude::*;

/// Show or set what the organisation's clients obey
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  strongroom account policy
  strongroom account policy --image-max-pixels 2560 --offline-max-days 30")]
pub struct Policy {
    /// Longest edge to which images are shrunk before they are sealed; 0 leaves them as they are
    #[arg(long, value_name = "N")]
    image_max_pixels: Option<u64>,
    /// Days that a client may work without contact; 0 is no limit
    #[arg(long, value_name = "N")]
    offline_max_days: Option<u64>,
}

impl Policy {
    pub async fn run(self, context: &Context) -> CliResult<Reply> {
        let client = context.client()?;
        let mut policy = client.policy().await?;
        if self.image_max_pixels.is_some() || self.offline_max_days.is_some() {
            policy.image_max_pixels = self.image_max_pixels.unwrap_or(policy.image_max_pixels);
            policy.offline_max_days = self.offline_max_days.unwrap_or(policy.offline_max_days);
            client.policy_set(policy).await?;
        }
        let none = |number: u64, unit: &str| match number {
            0 => "no limit".to_owned(),
            _ => format!("{number} {unit}"),
        };
        let human = Details::new()
            .add(
                "longest edge of images",
                none(policy.image_max_pixels, "pixels"),
            )
            .add("offline at most", none(policy.offline_max_days, "days"))
            .add("oldest suite", policy.min_suite.to_string())
            .render(context.style);
        let answer = json!({
            "image_max_pixels": policy.image_max_pixels,
            "offline_max_days": policy.offline_max_days,
            "min_suite": policy.min_suite,
        });
        Ok(Reply::new(answer, human))
    }
}
