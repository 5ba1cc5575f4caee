//! Line charts as SVG: panels side by side with the same axes, each line named above its end. Colours follow the reader's light or dark setting,
//! and the chart brings its own ground, so that it can be read on any page.

use std::fmt::Write;

/// One axis.
pub struct Axis {
    /// What it counts.
    pub title: &'static str,
    /// In powers of ten; otherwise from zero.
    pub logarithmic: bool,
}

/// One line.
pub struct Series {
    /// Its name, above its end.
    pub name: &'static str,
    /// The class that gives its colour.
    pub class: &'static str,
    /// Ascending in x.
    pub points: Vec<Point>,
}

/// One dot.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point {
    /// Across.
    pub x: f64,
    /// Up.
    pub y: f64,
    /// Drawn hollow.
    pub hollow: bool,
}

/// One drawing area.
pub struct Panel {
    /// Above it.
    pub title: &'static str,
    /// Its lines; the last is on top.
    pub series: Vec<Series>,
}

/// Panels with the same axes.
pub struct Chart {
    /// Above all, and what is read aloud.
    pub title: &'static str,
    /// What a hollow dot means; said where there is one.
    pub hollow: &'static str,
    /// Across.
    pub x: Axis,
    /// Up.
    pub y: Axis,
    /// From left to right.
    pub panels: Vec<Panel>,
}

const STYLE: &str = "\
.ground{fill:#fcfbf8}.grid{stroke:#dcddd6}.ink{fill:#1d2720}.ink2{fill:#565f56}\
text{font:13px system-ui,sans-serif}.title{font-size:16px;font-weight:600}\
.line{fill:none;stroke:currentColor;stroke-width:2}.name,.dot{fill:currentColor}\
.hollow{fill:#fcfbf8;stroke:currentColor;stroke-width:2}\
.name{font-weight:600;stroke:#fcfbf8;stroke-width:5;stroke-linejoin:round;paint-order:stroke}\
.green{color:#225b3a}.blue{color:#215891}.brass{color:#7e5209}.red{color:#a22027}.quiet{color:#565f56}\
.green .line{stroke-width:3.5}.quiet .line{stroke-dasharray:5 4}\
@media(prefers-color-scheme:dark){.ground{fill:#131b17}.grid{stroke:#2b342f}.ink{fill:#eae6d9}.ink2{fill:#abaea2}\
.name{stroke:#131b17}.hollow{fill:#131b17}.green{color:#83d2a1}.blue{color:#97c2f0}.brass{color:#ebc573}.red{color:#f8928a}.quiet{color:#abaea2}}";

const WIDTH: f64 = 960.0;
const HEIGHT: f64 = 460.0;
const TOP: f64 = 84.0;
const BOTTOM: f64 = 56.0;
const LEFT: f64 = 72.0;
/// Room for half a name: it stands above its line's end.
const RIGHT: f64 = 60.0;
/// What a name needs at most.
const NAME: (f64, f64) = (110.0, 16.0);

impl Chart {
    /// The picture.
    pub fn svg(&self) -> String {
        let mut svg = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\" aria-label=\"{0}\">\n\
             <style>{STYLE}</style>\n<rect class=\"ground\" width=\"{WIDTH}\" height=\"{HEIGHT}\" rx=\"8\"/>\n\
             <text class=\"title ink\" x=\"{LEFT}\" y=\"34\">{0}</text>\n",
            self.title
        );
        let all = || self.panels.iter().flat_map(|panel| &panel.series).flat_map(|series| &series.points);
        if all().any(|point| point.hollow) {
            text(&mut svg, "ink2", "end", (WIDTH - RIGHT, 34.0), self.hollow);
        }
        let x = Scale::over(self.x.logarithmic, all().map(|point| point.x));
        let y = Scale::over(self.y.logarithmic, all().map(|point| point.y));
        let width = WIDTH / self.panels.len() as f64;
        for (nth, panel) in self.panels.iter().enumerate() {
            let left = width * nth as f64 + LEFT;
            let area = Area { left, width: width - LEFT - RIGHT, x: &x, y: &y };
            area.frame(self, panel.title, &mut svg);
            area.lines(&panel.series, &mut svg);
        }
        svg.push_str("</svg>\n");
        svg
    }
}

struct Area<'a> {
    left: f64,
    width: f64,
    x: &'a Scale,
    y: &'a Scale,
}

impl Area<'_> {
    fn at(&self, x: f64, y: f64) -> (f64, f64) {
        let height = HEIGHT - TOP - BOTTOM;
        (self.left + self.x.part(x) * self.width, TOP + (1.0 - self.y.part(y)) * height)
    }

    /// Grid, ticks and titles.
    fn frame(&self, chart: &Chart, title: &str, svg: &mut String) {
        let (left, right) = (self.left, self.left + self.width);
        let (from, floor) = (TOP - 12.0, HEIGHT - BOTTOM);
        text(svg, "ink", "start", (left, TOP - 22.0), title);
        text(svg, "ink2", "end", (left - 8.0, TOP - 22.0), chart.y.title);
        text(svg, "ink2", "middle", (left + self.width / 2.0, HEIGHT - 14.0), chart.x.title);
        for tick in &self.y.ticks {
            let (_, y) = self.at(self.x.from, *tick);
            grid(svg, (left, y), (right, y));
            text(svg, "ink2", "end", (left - 8.0, y + 4.0), &number(*tick));
        }
        for tick in &self.x.ticks {
            let (x, _) = self.at(*tick, self.y.from);
            grid(svg, (x, from), (x, floor));
            text(svg, "ink2", "middle", (x, floor + 18.0), &number(*tick));
        }
    }

    fn lines(&self, series: &[Series], svg: &mut String) {
        for one in series {
            let path = one.points.iter().map(|point| self.at(point.x, point.y));
            let path: Vec<String> = path.map(|(x, y)| format!("{x:.1},{y:.1}")).collect();
            let path = path.join(" ");
            let _ = writeln!(svg, "<g class=\"{}\"><polyline class=\"line\" points=\"{path}\"/>", one.class);
            for point in &one.points {
                let (x, y) = self.at(point.x, point.y);
                let class = if point.hollow { "hollow" } else { "dot" };
                let _ = writeln!(svg, "<circle class=\"{class}\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"3.5\"/>");
            }
            svg.push_str("</g>\n");
        }
        let dots = series.iter().flat_map(|one| &one.points).map(|point| self.at(point.x, point.y));
        let dots: Vec<(f64, f64)> = dots.collect();
        let mut taken: Vec<(f64, f64)> = Vec::new();
        for one in series {
            let Some(end) = one.points.last() else { continue };
            let (x, mut y) = self.at(end.x, end.y);
            y -= 10.0;
            // Another name or dot at its place pushes it up.
            let meets = |y: f64| {
                taken.iter().any(|other| (x - other.0).abs() < NAME.0 && (y - other.1).abs() < NAME.1)
                    || dots
                        .iter()
                        .any(|dot| (x - dot.0).abs() < NAME.0 / 2.0 && dot.1 < y + 8.0 && dot.1 > y - NAME.1)
            };
            while meets(y) {
                y -= 1.0;
            }
            taken.push((x, y));
            let _ = write!(svg, "<g class=\"{}\">", one.class);
            text(svg, "name", "middle", (x, y), one.name);
            svg.push_str("</g>\n");
        }
    }
}

/// Where a value stands between the ends of an axis.
struct Scale {
    logarithmic: bool,
    from: f64,
    to: f64,
    ticks: Vec<f64>,
}

impl Scale {
    fn over(logarithmic: bool, values: impl Iterator<Item = f64> + Clone) -> Self {
        let least = values.clone().fold(f64::INFINITY, f64::min);
        let most = values.fold(f64::NEG_INFINITY, f64::max);
        if logarithmic {
            let (first, last) = (least.log10().floor() as i32, most.log10().ceil() as i32);
            let ticks: Vec<f64> = (first..=last.max(first + 1)).map(|power| 10f64.powi(power)).collect();
            return Self { logarithmic, from: ticks[0], to: ticks[ticks.len() - 1], ticks };
        }
        // Four to nine steps of 1, 2 or 5 times a power of ten.
        let power = 10f64.powf((most / 4.0).log10().floor());
        let step = [5.0, 2.0, 1.0]
            .map(|times| times * power)
            .into_iter()
            .find(|step| most / step >= 4.0)
            .unwrap_or(power);
        let to = (most / step).ceil() * step;
        Self {
            logarithmic,
            from: 0.0,
            to,
            ticks: (0..=(to / step).round() as i32).map(|n| f64::from(n) * step).collect(),
        }
    }

    fn part(&self, value: f64) -> f64 {
        match self.logarithmic {
            true => (value / self.from).log10() / (self.to / self.from).log10(),
            false => value / self.to,
        }
    }
}

fn text(svg: &mut String, class: &str, anchor: &str, (x, y): (f64, f64), text: &str) {
    let _ = writeln!(
        svg,
        "<text class=\"{class}\" text-anchor=\"{anchor}\" x=\"{x:.1}\" y=\"{y:.1}\">{text}</text>"
    );
}

fn grid(svg: &mut String, from: (f64, f64), to: (f64, f64)) {
    let ((x1, y1), (x2, y2)) = (from, to);
    let _ =
        writeln!(svg, "<line class=\"grid\" x1=\"{x1:.1}\" y1=\"{y1:.1}\" x2=\"{x2:.1}\" y2=\"{y2:.1}\"/>");
}

/// 18000 as 18,000.
fn number(value: f64) -> String {
    match value {
        large if large >= 1_000.0 => format!("{},{:03}", large as u64 / 1_000, large as u64 % 1_000),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn axes_end_at_round_numbers() {
        let linear = Scale::over(false, [3.0, 163.0].into_iter());
        assert_eq!(linear.ticks, [0.0, 20.0, 40.0, 60.0, 80.0, 100.0, 120.0, 140.0, 160.0, 180.0]);
        let powers = Scale::over(true, [0.7, 1_300.0].into_iter());
        assert_eq!((powers.from, powers.to, powers.ticks.len()), (0.1, 10_000.0, 6));
        assert!((powers.part(1.0) - 0.2).abs() < 1e-9);
        assert_eq!(number(18_000.0), "18,000");
        assert_eq!(number(0.1), "0.1");
    }
}
