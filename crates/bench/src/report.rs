//! Figures: kept as JSON lines, printed as a table with ratios. A run whose generator was at its own limit is void: it is kept, marked, and
//! counts only where there is no other.

use crate::subject::Kind;
use anyhow::Result;
use serde_json::{Map, Value, json};
use std::{
    collections::BTreeMap,
    fs::{File, OpenOptions},
    io::Write,
    path::Path,
};

/// What was measured, and its name.
pub type Figure = (&'static str, f64);

/// The figure that says how much of its cores the generator used.
pub const SHARE: &str = "generator's CPU share";
/// A generator that used more of its cores says nothing about the server.
const SHARE_MAX: f64 = 0.9;

/// What must not happen in any run: of these not the median counts, but the worst.
const FAULTS: [&str; 4] = ["missing", "repeated", "orders", "ms of stream lost, most"];

/// Whether a run says nothing about the server.
pub fn is_void(figures: &[Figure]) -> bool {
    figures.iter().any(|(name, share)| *name == SHARE && *share > SHARE_MAX)
}

/// A measure, a subject of it, and a figure.
type Key = (String, Kind, &'static str);

/// Gathers the figures of a run.
pub struct Report {
    lines: File,
    /// What stands in every line.
    facts: Map<String, Value>,
    /// Each with whether its run is void.
    figures: BTreeMap<Key, Vec<(bool, f64)>>,
    order: Vec<Key>,
}

impl Report {
    /// A report whose raw lines go into a file, each with the facts of this run; earlier ones stay there.
    pub fn new(path: &Path, facts: Map<String, Value>) -> Result<Self> {
        if let Some(directory) = path.parent() {
            std::fs::create_dir_all(directory)?;
        }
        let lines = OpenOptions::new().create(true).append(true).open(path)?;
        Ok(Self { lines, facts, figures: BTreeMap::new(), order: Vec::new() })
    }

    /// Notes one run of one measure.
    pub fn note(&mut self, measure: &str, kind: Kind, round: usize, figures: &[Figure]) -> Result<()> {
        let void = is_void(figures);
        let mut line = self.facts.clone();
        line.insert("at".into(), json!(jiff::Timestamp::now().to_string()));
        line.insert("measure".into(), json!(measure));
        line.insert("subject".into(), json!(kind.name()));
        line.insert("round".into(), json!(round));
        line.insert("void".into(), json!(void));
        for (name, figure) in figures {
            line.insert((*name).into(), json!(figure));
            let key = (measure.to_owned(), kind, *name);
            if !self.order.contains(&key) {
                self.order.push(key.clone());
            }
            self.figures.entry(key).or_default().push((void, *figure));
        }
        writeln!(self.lines, "{}", Value::Object(line))?;
        Ok(())
    }

    /// The median of a figure (of a fault the worst) over the runs that count, and whether none did: then over the void ones.
    pub fn median(&self, measure: &str, kind: Kind, name: &'static str) -> Option<(f64, bool)> {
        let all = self.figures.get(&(measure.to_owned(), kind, name))?;
        let void = all.iter().all(|(void, _)| *void);
        let mut counted: Vec<f64> =
            all.iter().filter(|(of, _)| *of == void).map(|(_, figure)| *figure).collect();
        counted.sort_by(f64::total_cmp);
        let at = if FAULTS.contains(&name) { counted.len() - 1 } else { counted.len() / 2 };
        counted.get(at).map(|median| (*median, void))
    }

    /// Prints the medians (and worst faults) of a measure, and their ratio to each other subject's.
    pub fn print(&self, measure: &str) {
        println!("\n{measure}");
        let mut names: Vec<&'static str> = Vec::new();
        let mut kinds: Vec<Kind> = Vec::new();
        for (_, kind, name) in self.order.iter().filter(|(of, ..)| of == measure) {
            if !names.contains(name) {
                names.push(name);
            }
            if !kinds.contains(kind) {
                kinds.push(*kind);
            }
        }
        for name in names {
            let own = self.median(measure, Kind::Tertulia, name).map(|(own, _)| own);
            let cells = kinds.iter().filter_map(|kind| {
                let (median, void) = self.median(measure, *kind, name)?;
                let ratio = own.filter(|_| *kind != Kind::Tertulia && median != 0.0).map(|own| own / median);
                let ratio = ratio.map_or_else(String::new, |ratio| format!(" (x{ratio:.2})"));
                let void = if void { " VOID" } else { "" };
                Some(format!("{} {}{void}{ratio}", kind.name(), short(median)))
            });
            println!("  {name:<32} {}", cells.collect::<Vec<_>>().join("   "));
        }
    }
}

fn short(figure: f64) -> String {
    match figure.abs() {
        large if large >= 10_000.0 => format!("{:.0}k", figure / 1000.0),
        middle if middle >= 100.0 => format!("{figure:.0}"),
        _ => format!("{figure:.2}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_lost_message_is_said_and_one_slow_run_is_not() {
        let directory = tempfile::tempdir().unwrap();
        let mut report = Report::new(&directory.path().join("lines.jsonl"), Map::new()).unwrap();
        for (missing, delay) in [(0.0, 2.0), (1.0, 90.0), (0.0, 3.0)] {
            report.note("fan", Kind::NodeWs, 0, &[("missing", missing), ("p99 ms", delay)]).unwrap();
        }
        assert_eq!(report.median("fan", Kind::NodeWs, "missing"), Some((1.0, false)));
        assert_eq!(report.median("fan", Kind::NodeWs, "p99 ms"), Some((3.0, false)));
    }

    #[test]
    fn a_void_run_counts_only_where_there_is_no_other() {
        let directory = tempfile::tempdir().unwrap();
        let lines = directory.path().join("lines.jsonl");
        let mut report =
            Report::new(&lines, Map::from_iter([("machine".to_owned(), json!("a small one"))])).unwrap();
        for (share, rate) in [(0.95, 100.0), (0.5, 7.0), (0.6, 9.0)] {
            report.note("fan", Kind::Tertulia, 0, &[("rate", rate), (SHARE, share)]).unwrap();
        }
        report.note("fan", Kind::Limit, 0, &[("rate", 100.0), (SHARE, 0.91)]).unwrap();
        assert_eq!(report.median("fan", Kind::Tertulia, "rate"), Some((9.0, false)));
        assert_eq!(report.median("fan", Kind::Limit, "rate"), Some((100.0, true)));
        let kept = std::fs::read_to_string(lines).unwrap();
        let marks: Vec<bool> = kept.lines().map(|line| line.contains("\"void\":true")).collect();
        assert_eq!(marks, [true, false, false, true]);
        assert!(kept.lines().all(|line| line.contains("\"machine\":\"a small one\"")));
    }
}
