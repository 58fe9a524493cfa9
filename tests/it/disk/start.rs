//! Valet is started where it cannot write.

use super::Disk;
use crate::bot::{Bot, Process};

#[tokio::test]
async fn a_start_on_a_disk_that_takes_no_writes_ends_in_one_clear_sentence() {
    let Some(disk) = Disk::of_mib(32) else { return };
    let data = disk.data().display().to_string();
    let bot = Bot::world(|settings| settings.set("VALET_DATA_DIR", &data)).await;

    disk.read_only();
    let (code, log) = Process::spawn(&bot.settings).wait();
    assert_eq!(code, Some(1), "{log}");
    told(&log, &data, "mount its disk so that it can be written to");
    disk.writable();

    disk.fill_but_for(0);
    let (code, log) = Process::spawn(&bot.settings).wait();
    assert_eq!(code, Some(1), "{log}");
    told(&log, &data, "make room on its disk");
    disk.empty();

    let well = Process::serve(&bot.settings).await;
    let (code, log) = well.stop().await;
    assert_eq!(code, Some(0), "{log}");
    bot.finish().await;
}

fn told(log: &str, folder: &str, fix: &str) {
    let lines: Vec<_> = log
        .lines()
        .filter(|line| line.contains("\"ERROR\""))
        .collect();
    assert_eq!(lines.len(), 1, "{log}");
    for words in ["Valet cannot start", "VALET_DATA_DIR", folder, fix] {
        assert!(lines[0].contains(words), "{words}: {log}");
    }
}
