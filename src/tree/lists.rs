//! Lists of small values, one for each key, in two vectors.

/// Lists by key, which is a number from 0.
#[derive(Debug)]
pub(super) struct Lists<T> {
    starts: Vec<u32>,
    values: Vec<T>,
}

impl<T: Copy + Default> Lists<T> {
    /// Lists of the pairs of a key and a value that `pairs` passes to its
    /// argument, in that order. It is called twice.
    pub(super) fn of(keys: usize, pairs: impl Fn(&mut dyn FnMut(usize, T))) -> Self {
        let mut starts = vec![0_u32; keys + 1];
        pairs(&mut |key, _| starts[key + 1] += 1);
        for key in 0..keys {
            starts[key + 1] += starts[key];
        }
        let mut values = vec![T::default(); starts[keys] as usize];
        // Each start moves to the end of its list, and back below.
        pairs(&mut |key, value| {
            values[starts[key] as usize] = value;
            starts[key] += 1;
        });
        starts.rotate_right(1);
        starts[0] = 0;
        Self { starts, values }
    }

    /// The list of a key.
    pub(super) fn get(&self, key: usize) -> &[T] {
        &self.values[self.starts[key] as usize..self.starts[key + 1] as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_has_its_values_in_order() {
        let pairs = [(2, 'a'), (0, 'b'), (2, 'c'), (4, 'd'), (2, 'e'), (0, 'f')];
        let lists = Lists::of(6, |each| {
            for (key, value) in pairs {
                each(key, value);
            }
        });
        for key in 0..6 {
            let expected: Vec<char> = pairs
                .iter()
                .filter(|pair| pair.0 == key)
                .map(|pair| pair.1)
                .collect();
            assert_eq!(lists.get(key), expected, "{key}");
        }
    }
}
