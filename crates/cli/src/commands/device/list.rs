use crate::commands::prelude::*;

/// List your devices
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  strongroom device list")]
pub struct List {}

impl List {
    pub async fn run(self, context: &Context) -> CliResult<Reply> {
        let devices = context.client()?.devices().await?;
        let mut table = Table::new(&["DEVICE", "NAME", "STATE"]);
        for device in &devices {
            let state = match (device.revoked, device.current) {
                (true, _) => "revoked",
                (_, true) => "this one",
                _ => "enrolled",
            };
            table.row([&short(device.device), &device.name, state]);
        }
        Ok(Reply::new(document(&devices), table.render(context.style))
            .quiet(lines(devices.iter().map(|device| device.device))))
    }
}
