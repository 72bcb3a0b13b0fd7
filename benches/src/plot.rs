//! A line plot as SVG: named places across, numbers from zero up; readable on light and dark pages. Knows nothing of what is plotted.

/// One line; a value is missing where nothing was measured.
pub(crate) struct Line {
    pub(crate) name: String,
    pub(crate) values: Vec<Option<f64>>,
    /// Lines of one kind have one color.
    pub(crate) color: usize,
    pub(crate) dashed: bool,
}

pub(crate) struct Plot {
    pub(crate) title: String,
    pub(crate) across: String,
    pub(crate) up: String,
    pub(crate) places: Vec<String>,
    pub(crate) lines: Vec<Line>,
    /// Shades what is between the first line's least value and so many times of it.
    pub(crate) band: f64,
}

const WIDTH: f64 = 760.0;
const HEIGHT: f64 = 450.0;
const LEFT: f64 = 56.0;
const RIGHT: f64 = 24.0;
const TOP: f64 = 112.0;
const BOTTOM: f64 = 60.0;
/// The width of a sign in a legend.
const SIGN: f64 = 28.0;
/// About the width of a letter.
const LETTER: f64 = 6.6;

/// Colors are classes, because a page may be dark.
const STYLE: &str = "\
text{fill:#1f2328}.page{fill:#fff}.band{fill:#e6f2e3}.within{fill:#3d6b35}.grid{stroke:#d1d9e0}
.c0{--c:#0b6e99}.c1{--c:#b3541e}.c2{--c:#5c7f3a}.c3{--c:#8a5a9c}
path.line{fill:none;stroke:var(--c);stroke-width:2}.dashed{stroke-dasharray:6 4}circle{fill:var(--c)}
@media(prefers-color-scheme:dark){text{fill:#e6edf3}.page{fill:#0d1117}.band{fill:#16301c}.within{fill:#8fce86}.grid{stroke:#3d444d}
.c0{--c:#58b8e0}.c1{--c:#f0955c}.c2{--c:#a3c97e}.c3{--c:#c79bdb}}";
const COLORS: usize = 4;

impl Plot {
    pub(crate) fn svg(&self) -> String {
        let values = self.lines.iter().flat_map(|line| line.values.iter().flatten());
        let most = values.fold(self.least() * self.band, |most, &value| most.max(value));
        let step = step(most);
        let steps = (most / step).ceil().max(1.0);
        let y = |value: f64| HEIGHT - BOTTOM - value / (step * steps) * (HEIGHT - BOTTOM - TOP);
        let x = |place: usize| LEFT + (place as f64 + 0.5) / self.places.len().max(1) as f64 * (WIDTH - LEFT - RIGHT);
        let right = WIDTH - RIGHT;

        let mut svg = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" font-family=\"sans-serif\" font-size=\"13\">\n\
             <style>{STYLE}</style>\n<rect class=\"page\" width=\"{WIDTH}\" height=\"{HEIGHT}\"/>\n"
        );
        text(&mut svg, (LEFT, 24.0), "start", " font-size=\"15\"", &self.title);
        text(&mut svg, ((LEFT + right) / 2.0, HEIGHT - 14.0), "middle", "", &self.across);
        text(&mut svg, (8.0, TOP - 14.0), "start", "", &self.up);
        self.legend(&mut svg);
        self.shade(&mut svg, &y);
        for index in 0..=steps as usize {
            let value = step * index as f64;
            let at = y(value);
            svg += &format!("<path class=\"grid\" d=\"M{LEFT} {at:.1}H{right}\"/>\n");
            text(&mut svg, (LEFT - 8.0, at + 4.0), "end", "", &short(value));
        }
        for (place, name) in self.places.iter().enumerate() {
            text(&mut svg, (x(place), HEIGHT - BOTTOM + 20.0), "middle", "", name);
        }
        for line in &self.lines {
            let points = line.values.iter().enumerate().filter_map(|(place, value)| Some((x(place), y((*value)?))));
            draw(&mut svg, &points.collect::<Vec<_>>(), line, true);
        }
        svg + "</svg>\n"
    }

    /// Each line's sign and name, in rows.
    fn legend(&self, svg: &mut String) {
        let (mut x, mut y) = (LEFT, 46.0);
        for line in &self.lines {
            let width = SIGN + LETTER * line.name.chars().count() as f64 + 18.0;
            if x + width > WIDTH {
                (x, y) = (LEFT, y + 20.0);
            }
            draw(svg, &[(x, y), (x + SIGN, y)], line, false);
            text(svg, (x + SIGN + 6.0, y + 4.0), "start", "", &line.name);
            x += width;
        }
    }

    fn shade(&self, svg: &mut String, y: &dyn Fn(f64) -> f64) {
        let least = self.least();
        if least > 0.0 {
            let (above, below, right) = (y(least * self.band), y(least), WIDTH - RIGHT);
            let (width, height) = (right - LEFT, below - above);
            *svg += &format!(
                "<rect class=\"band\" x=\"{LEFT}\" y=\"{above:.1}\" width=\"{width:.1}\" height=\"{height:.1}\"/>\n"
            );
            text(svg, (LEFT + 6.0, above + 15.0), "start", " class=\"within\"", &format!("within {} ×", self.band));
        }
    }

    fn least(&self) -> f64 {
        let values = self.lines.first().into_iter().flat_map(|line| line.values.iter().flatten());
        values.copied().reduce(f64::min).unwrap_or(0.0)
    }
}

/// A line through these points, with dots at them if wanted.
fn draw(svg: &mut String, points: &[(f64, f64)], line: &Line, dots: bool) {
    let path: Vec<String> = points.iter().map(|(x, y)| format!("{x:.1} {y:.1}")).collect();
    let dashed = if line.dashed { " dashed" } else { "" };
    *svg +=
        &format!("<g class=\"c{}\"><path class=\"line{dashed}\" d=\"M{}\"/>\n", line.color % COLORS, path.join("L"));
    for (x, y) in points.iter().filter(|_| dots) {
        *svg += &format!("<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"4\"/>\n");
    }
    *svg += "</g>\n";
}

fn text(svg: &mut String, at: (f64, f64), anchor: &str, style: &str, what: &str) {
    let what = what.replace('&', "&amp;").replace('<', "&lt;");
    *svg += &format!("<text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"{anchor}\"{style}>{what}</text>\n", at.0, at.1);
}

/// A round distance of lines, of which there are four to eight up to `most`.
fn step(most: f64) -> f64 {
    let most = if most > 0.0 { most } else { 1.0 };
    let magnitude = 10_f64.powf((most / 4.0).log10().floor());
    let steps = [5.0, 2.0, 1.0].map(|factor| factor * magnitude);
    steps.into_iter().find(|step| most / step >= 4.0).unwrap_or(magnitude)
}

fn short(value: f64) -> String {
    let text = format!("{value:.2}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_has_its_dot() {
        let plot = Plot {
            title: "a < b".to_owned(),
            across: "n".to_owned(),
            up: "µs".to_owned(),
            places: vec!["10".to_owned(), "100".to_owned(), "1,000".to_owned()],
            lines: vec![Line {
                name: "ours".to_owned(),
                values: vec![Some(4.0), None, Some(5.0)],
                color: 0,
                dashed: false,
            }],
            band: 1.5,
        };
        let svg = plot.svg();
        assert_eq!(svg.matches("<circle").count(), 2);
        assert!(svg.contains("a &lt; b") && svg.contains("within 1.5 ×") && svg.contains(">1,000<"));
    }

    #[test]
    fn steps_are_round() {
        assert_eq!([step(10.0), step(4.0), step(37.0), step(0.8)], [2.0, 1.0, 5.0, 0.2]);
    }
}
