//! Every call to the outside, failing in every way: what the person reads, what the log
//! says, and that nothing was done twice. Printed as the page `docs/failures.md`.

mod calls;
mod cell;

use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use serde_json::json;
use valet_sim::fault::Fault;

use super::{WENT_WRONG, faults_and, faults_of_slack};
use calls::{CALLS, Call, Service};
use cell::told;

/// Cells at the same time: nearly all of them wait for a deadline most of the time.
const AT_ONCE: usize = 4;

/// One way to fail.
#[derive(Clone)]
enum Trouble {
    Answers(Fault),
    /// Nobody listens.
    Refuses,
}

fn troubles(service: Service) -> Vec<(&'static str, Trouble)> {
    let inside = json!({"error": {"code": 502, "message": "words of a proxy"}});
    let faults = match service {
        Service::Slack => faults_of_slack(),
        Service::Router | Service::Vault => faults_and(&inside),
    };
    let fault = |wanted: &str| {
        let (_, fault) = faults.iter().find(|(name, _)| *name == wanted).unwrap();
        Trouble::Answers(fault.clone())
    };
    vec![
        ("500", fault("500")),
        ("429, `Retry-After: 1`", fault("429, 1 s")),
        ("refuses the connection", Trouble::Refuses),
        ("breaks off in mid-body", fault("half")),
        ("is silent beyond the deadline", fault("stall")),
        ("200 with a proxy's page", fault("nonsense")),
        ("200 with an error inside", fault("error inside")),
    ]
}

/// The whole table, each cell in a world and on a thread of its own.
fn printed() -> String {
    let cells: Vec<(&Call, &str, Trouble)> = CALLS
        .iter()
        .flat_map(|call| {
            let of_call = move |(name, trouble)| (call, name, trouble);
            troubles(call.service).into_iter().map(of_call)
        })
        .collect();
    let told: Vec<Mutex<String>> = cells.iter().map(|_| Mutex::default()).collect();
    let next = AtomicUsize::new(0);
    thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                loop {
                    let at = next.fetch_add(1, Ordering::Relaxed);
                    let Some((call, name, trouble)) = cells.get(at) else {
                        return;
                    };
                    *told[at].lock().unwrap() = self::told(call, name, trouble.clone());
                }
            });
        }
    });
    let mut page = String::new();
    let mut section = "";
    for ((call, name, _), told) in cells.iter().zip(told) {
        if section != call.title {
            section = call.title;
            page += "\n## ";
            page += section;
            page += "\n\n";
            page += call.note;
            page +=
                "\n\n| it | the person reads | the log says | done |\n| --- | --- | --- | --- |\n";
        }
        let told = told.into_inner().unwrap();
        page += &["| ", name, " | ", &told, " |\n"].concat();
    }
    page
}

/// Both the story and the page: `INSTA_UPDATE=always` writes the page anew.
#[test]
fn every_call_fails_in_every_way_and_the_page_tells_what_comes_of_it() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/failures.md");
    let written = std::fs::read_to_string(&page).unwrap_or_default();
    let marker = "<!-- From here on printed by tests/it/failing/table.rs -->\n";
    let (intro, table) = written.split_once(marker).unwrap_or((&written, ""));
    let printed = printed();
    let wrong: Vec<&str> = printed
        .lines()
        .filter(|line| line.contains(WENT_WRONG))
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
    if std::env::var("INSTA_UPDATE").is_ok_and(|update| update == "always") {
        std::fs::write(&page, format!("{intro}{marker}{printed}")).unwrap();
    } else {
        similar_or_panic(table, &printed);
    }
}

fn similar_or_panic(page: &str, printed: &str) {
    let wrong: Vec<String> = printed
        .lines()
        .filter(|line| !page.lines().any(|other| other == *line))
        .map(|line| format!("+ {line}"))
        .chain(
            page.lines()
                .filter(|line| !printed.lines().any(|other| other == *line))
                .map(|line| format!("- {line}")),
        )
        .collect();
    assert!(
        page == printed,
        "docs/failures.md is not what happens:\n{}",
        wrong.join("\n")
    );
}
