//! Figures: kept as JSON lines, printed as a table with ratios.

use crate::subject::Kind;
use anyhow::Result;
use serde_json::{Map, Value, json};
use std::{
    collections::BTreeMap,
    fs::{File, OpenOptions},
    io::Write,
    path::Path,
};

/// Gathers the figures of a run.
pub struct Report {
    lines: File,
    figures: BTreeMap<(String, Kind, &'static str), Vec<f64>>,
    order: Vec<(String, Kind, &'static str)>,
}

impl Report {
    /// A report whose raw lines go into a file; earlier ones stay there.
    pub fn new(path: &Path) -> Result<Self> {
        if let Some(directory) = path.parent() {
            std::fs::create_dir_all(directory)?;
        }
        let lines = OpenOptions::new().create(true).append(true).open(path)?;
        Ok(Self { lines, figures: BTreeMap::new(), order: Vec::new() })
    }

    /// Notes one run of one measure.
    pub fn note(
        &mut self,
        measure: &str,
        kind: Kind,
        round: usize,
        figures: &[(&'static str, f64)],
    ) -> Result<()> {
        let mut line = Map::new();
        line.insert("at".into(), json!(jiff::Timestamp::now().to_string()));
        line.insert("measure".into(), json!(measure));
        line.insert("subject".into(), json!(kind));
        line.insert("round".into(), json!(round));
        for (name, figure) in figures {
            line.insert((*name).into(), json!(figure));
            let key = (measure.to_owned(), kind, *name);
            if !self.order.contains(&key) {
                self.order.push(key.clone());
            }
            self.figures.entry(key).or_default().push(*figure);
        }
        writeln!(self.lines, "{}", Value::Object(line))?;
        Ok(())
    }

    /// The median of a figure.
    pub fn median(&self, measure: &str, kind: Kind, name: &'static str) -> Option<f64> {
        let mut all = self.figures.get(&(measure.to_owned(), kind, name))?.clone();
        all.sort_by(f64::total_cmp);
        all.get(all.len() / 2).copied()
    }

    /// Prints the medians of a measure, and their ratio to each other subject's.
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
            let own = self.median(measure, Kind::Tertulia, name);
            let cells = kinds.iter().filter_map(|kind| {
                let median = self.median(measure, *kind, name)?;
                let ratio = own.filter(|_| *kind != Kind::Tertulia && median != 0.0).map(|own| own / median);
                let ratio = ratio.map_or_else(String::new, |ratio| format!(" (x{ratio:.2})"));
                Some(format!("{} {}{ratio}", kind.name(), short(median)))
            });
            println!("  {name:<28} {}", cells.collect::<Vec<_>>().join("   "));
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
