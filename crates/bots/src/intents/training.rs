//! One-against-the-rest support vector machines with squared hinge, by dual coordinate descent (Hsieh et al., 2008).
//!
//! The weights lie feature by feature, each with a place for every class, so that one example teaches all classes in one pass over its
//! features, many classes in one instruction. Which instructions there are is asked at run time; no sum is reordered by them.

use super::{chance::Chance, features::Entry};
use pulp::{Arch, Simd, WithSimd};

/// Classes are taken in groups of so many; a row of weights is padded to a multiple.
const GROUP: usize = 8;
/// What an error costs, and how many times that when it is made on an example of the class itself: they are few beside the rest.
const PENALTY: f32 = 2.0;
const PENALTY_OWN: f32 = 3.0 * PENALTY;
/// Passes over all examples, and with fewer than the number below.
const EPOCHS: usize = 8;
const EPOCHS_OF_FEW: usize = 5;
const EXAMPLES_FEW: usize = 2_000;
/// The duals are kept in 8 bits, as multiples of this, up to 8: what is finer changes no answer, and they are many.
const DUAL_UNIT: f32 = 1.0 / 32.0;

/// A vector with its place among the stances.
pub(super) type Example = (Box<[Entry]>, u32);

/// What an example is to each class: 1 for one of its own, -1 for one of another class, 0 where the two never meet.
pub(super) type Stance = Vec<i8>;

/// What each class thinks of each feature.
#[derive(Debug)]
pub(super) struct Weights {
    classes: usize,
    width: usize,
    values: Vec<f32>,
}

impl Weights {
    /// Numbers that a feature takes.
    pub(super) fn width(classes: usize) -> usize {
        classes.next_multiple_of(GROUP).max(GROUP)
    }

    /// Learns from examples whose features are below `features` and whose stances towards the `classes` are among `stances`.
    pub(super) fn learn(examples: &[Example], stances: &[Stance], features: usize, classes: usize) -> Self {
        let width = Self::width(classes);
        let mut weights = Self { classes, width, values: vec![0.0; features * width] };
        Arch::new().dispatch(Learning { weights: &mut weights, examples, stances });
        weights
    }

    /// How far a vector is inside each class.
    pub(super) fn margins(&self, vector: &[Entry]) -> Vec<f32> {
        let mut margins = vec![0.0; self.width];
        Arch::new().dispatch(Asking { weights: self, vector, margins: &mut margins });
        margins.truncate(self.classes);
        margins
    }

    #[inline(always)]
    fn sum(&self, vector: &[Entry], margins: &mut [f32]) {
        let mut from = 0;
        while from < self.width {
            from += match self.width - from {
                64.. => self.sum_some::<64>(vector, margins, from),
                32.. => self.sum_some::<32>(vector, margins, from),
                16.. => self.sum_some::<16>(vector, margins, from),
                _ => self.sum_some::<GROUP>(vector, margins, from),
            };
        }
    }

    /// The margins of so many classes, which are summed without leaving the registers.
    #[inline(always)]
    fn sum_some<const SOME: usize>(&self, vector: &[Entry], margins: &mut [f32], from: usize) -> usize {
        let mut sums = [0f32; SOME];
        for entry in vector {
            let (weight, start) = (entry.weight(), entry.feature() * self.width + from);
            let row = &self.values[start..start + SOME];
            sums.iter_mut().zip(row).for_each(|(sum, value)| *sum += weight * value);
        }
        margins[from..from + SOME].copy_from_slice(&sums);
        SOME
    }

    /// Moves the weights of a vector's features by the steps of each class; those of whole groups without a step stay.
    #[inline(always)]
    fn add(&mut self, vector: &[Entry], steps: &[f32], groups: &mut Vec<usize>) {
        groups.clear();
        let moved = |group: &[f32]| group.iter().any(|step| *step != 0.0);
        groups.extend((0..self.width).step_by(GROUP).filter(|&at| moved(&steps[at..at + GROUP])));
        for entry in vector {
            let (weight, start) = (entry.weight(), entry.feature() * self.width);
            for &at in groups.iter() {
                let row = &mut self.values[start + at..start + at + GROUP];
                row.iter_mut().zip(&steps[at..at + GROUP]).for_each(|(value, step)| *value += weight * step);
            }
        }
    }
}

struct Asking<'a> {
    weights: &'a Weights,
    vector: &'a [Entry],
    margins: &'a mut [f32],
}

impl WithSimd for Asking<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        self.weights.sum(self.vector, self.margins);
    }
}

struct Learning<'a> {
    weights: &'a mut Weights,
    examples: &'a [Example],
    stances: &'a [Stance],
}

impl WithSimd for Learning<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let Self { weights, examples, stances } = self;
        let classes = weights.classes;
        let mut duals = vec![0u8; examples.len() * classes];
        let mut order: Vec<u32> = (0..examples.len() as u32).collect();
        let (mut margins, mut steps) = (vec![0f32; weights.width], vec![0f32; weights.width]);
        let mut groups = Vec::with_capacity(weights.width / GROUP);
        let mut chance = Chance::new(1);
        for _ in 0..if examples.len() < EXAMPLES_FEW { EPOCHS_OF_FEW } else { EPOCHS } {
            chance.shuffle(&mut order);
            for at in order.iter().map(|&at| at as usize) {
                let (vector, stance) = &examples[at];
                let square: f32 = vector.iter().map(|entry| entry.weight() * entry.weight()).sum();
                weights.sum(vector, &mut margins);
                let duals = &mut duals[at * classes..][..classes];
                if step(duals, &margins, square, &stances[*stance as usize], &mut steps) {
                    weights.add(vector, &steps, &mut groups);
                }
            }
        }
    }
}

/// Moves the duals of one example to their best, each for its class, and says by how much. Most stay where they are; tells whether
/// any moved.
#[inline(always)]
fn step(duals: &mut [u8], margins: &[f32], square: f32, stance: &[i8], steps: &mut [f32]) -> bool {
    let (ridge_own, ridge) = (0.5 / PENALTY_OWN, 0.5 / PENALTY);
    let (scale_own, scale) = (1.0 / (square + ridge_own), 1.0 / (square + ridge));
    let mut any = 0;
    for (((dual, margin), stance), step) in duals.iter_mut().zip(margins).zip(stance).zip(steps) {
        let sign = f32::from(*stance);
        let (ridge, scale) = if *stance > 0 { (ridge_own, scale_own) } else { (ridge, scale) };
        let before = f32::from(*dual) * DUAL_UNIT;
        let slope = sign * margin - 1.0 + ridge * before;
        let best = (before - slope * scale).max(0.0) * sign.abs();
        // The cast keeps what is too great at the greatest.
        let after = (best * (1.0 / DUAL_UNIT) + 0.5) as u8;
        any |= after ^ *dual;
        *step = sign * (f32::from(after) * DUAL_UNIT - before);
        *dual = after;
    }
    any != 0
}
