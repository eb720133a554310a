//! Numbering of devices.

use hashbrown::HashMap;

/// Numbers the devices, which are few. A directory stores its device as 32
/// bits instead of a 64-bit `st_dev`.
#[derive(Debug, Default)]
pub(crate) struct DeviceTable {
    devices: Vec<u64>,
    numbers: HashMap<u64, u32>,
    last: Option<(u64, u32)>,
}

impl DeviceTable {
    /// The number of a device, assigned at its first use. (There are no more
    /// devices than directories, whose number is limited.)
    pub(crate) fn number(&mut self, dev: u64) -> u32 {
        match self.last {
            Some((last, number)) if last == dev => number,
            _ => {
                let next = self.devices.len() as u32;
                let number = *self.numbers.entry(dev).or_insert(next);
                if number == next {
                    self.devices.push(dev);
                }
                self.last = Some((dev, number));
                number
            }
        }
    }

    /// The device with a number.
    #[must_use]
    pub(crate) fn device(&self, number: u32) -> u64 {
        self.devices[number as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_device_has_one_number() {
        let mut table = DeviceTable::default();
        let numbers: Vec<_> = [7, 7, 9, 7, 9, 1]
            .iter()
            .map(|&d| table.number(d))
            .collect();
        assert_eq!(numbers, [0, 0, 1, 0, 1, 2]);
        assert_eq!([0, 1, 2].map(|n| table.device(n)), [7, 9, 1]);
    }
}
