//! One-against-the-rest support vector machines with squared hinge, by dual coordinate descent (Hsieh et al., 2008).
//!
//! The weights lie feature by feature, each with a place for every class, so that one example teaches all classes in one pass over its
//! features, many classes in one instruction. Which instructions there are is asked at run time; no sum is reordered by them.

use super::{chance::Chance, features::Vector};
use pulp::{Arch, Simd, WithSimd};

/// Classes are taken in groups of so many; a row of weights is padded to a multiple.
const GROUP: usize = 32;
/// What an error costs, and how many times that when it is made on an example of the class itself: they are few beside the rest.
const PENALTY: f32 = 2.0;
const PENALTY_OWN: f32 = 3.0 * PENALTY;
/// Passes over all examples, and with fewer than the number below.
const EPOCHS: usize = 8;
const EPOCHS_OF_FEW: usize = 15;
const EXAMPLES_FEW: usize = 5_000;

/// A vector with its place among the stances.
pub(super) type Example = (Vector, usize);

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
    /// Learns from examples whose features are below `features` and whose stances towards the `classes` are among `stances`.
    pub(super) fn learn(examples: &[Example], stances: &[Stance], features: usize, classes: usize) -> Self {
        let width = classes.next_multiple_of(GROUP);
        let mut weights = Self { classes, width, values: vec![0.0; features * width] };
        Arch::new().dispatch(Learning { weights: &mut weights, examples, stances });
        weights
    }

    /// How far a vector is inside each class.
    pub(super) fn margins(&self, vector: &Vector) -> Vec<f32> {
        let mut margins = vec![0.0; self.width];
        Arch::new().dispatch(Asking { weights: self, vector, margins: &mut margins });
        margins.truncate(self.classes);
        margins
    }

    #[inline(always)]
    fn sum(&self, vector: &Vector, margins: &mut [f32]) {
        for (group, margins) in margins.chunks_exact_mut(GROUP).enumerate() {
            let mut sums = [0f32; GROUP];
            for &(feature, weight) in vector {
                let start = feature as usize * self.width + group * GROUP;
                let row = &self.values[start..start + GROUP];
                sums.iter_mut().zip(row).for_each(|(sum, value)| *sum += weight * value);
            }
            margins.copy_from_slice(&sums);
        }
    }

    #[inline(always)]
    fn add(&mut self, vector: &Vector, steps: &[(usize, f32)]) {
        for &(feature, weight) in vector {
            let start = feature as usize * self.width;
            let row = &mut self.values[start..start + self.width];
            steps.iter().for_each(|&(class, step)| row[class] += weight * step);
        }
    }
}

struct Asking<'a> {
    weights: &'a Weights,
    vector: &'a Vector,
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
        let mut duals = vec![0f32; examples.len() * weights.classes];
        let mut order: Vec<usize> = (0..examples.len()).collect();
        let mut margins = vec![0f32; weights.width];
        let mut steps = Vec::with_capacity(weights.classes);
        let mut chance = Chance::new(1);
        for _ in 0..if examples.len() < EXAMPLES_FEW { EPOCHS_OF_FEW } else { EPOCHS } {
            chance.shuffle(&mut order);
            for &at in &order {
                let (vector, stance) = &examples[at];
                weights.sum(vector, &mut margins);
                step(
                    &mut duals[at * weights.classes..][..weights.classes],
                    &margins,
                    vector,
                    &stances[*stance],
                    &mut steps,
                );
                weights.add(vector, &steps);
            }
        }
    }
}

/// Moves the duals of one example to their best, each for its class, and says by how much: most stay where they are.
#[inline(always)]
fn step(duals: &mut [f32], margins: &[f32], vector: &Vector, stance: &Stance, steps: &mut Vec<(usize, f32)>) {
    let square: f32 = vector.iter().map(|(_, weight)| weight * weight).sum();
    steps.clear();
    for (class, ((dual, margin), sign)) in duals.iter_mut().zip(margins).zip(stance).enumerate() {
        let (sign, penalty) = match sign {
            1 => (1.0, PENALTY_OWN),
            -1 => (-1.0, PENALTY),
            _ => continue,
        };
        let ridge = 0.5 / penalty;
        let slope = sign * margin - 1.0 + ridge * *dual;
        let moved = (*dual - slope / (square + ridge)).max(0.0);
        if moved != *dual {
            steps.push((class, sign * (moved - *dual)));
            *dual = moved;
        }
    }
}
