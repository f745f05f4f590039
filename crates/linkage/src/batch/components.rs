//! Which records are connected, directly or through others.

/// Numbers that are joined one pair after the other.
#[derive(Debug)]
pub(super) struct Components {
    parent: Vec<u32>,
}

impl Components {
    /// Every number by itself.
    pub fn new(count: usize) -> Self {
        Self { parent: (0..count as u32).collect() }
    }

    fn parent(&self, number: u32) -> u32 {
        self.parent.get(number as usize).copied().unwrap_or(number)
    }

    fn set(&mut self, number: u32, parent: u32) {
        if let Some(place) = self.parent.get_mut(number as usize) {
            *place = parent;
        }
    }

    /// The least number it is connected with.
    pub fn root(&mut self, mut number: u32) -> u32 {
        while self.parent(number) != number {
            // Halves the way for who comes next.
            let above = self.parent(self.parent(number));
            self.set(number, above);
            number = above;
        }
        number
    }

    /// Connects two numbers. The lesser root stays, so that a component is called by its first number.
    pub fn join(&mut self, a: u32, b: u32) {
        let (a, b) = (self.root(a), self.root(b));
        self.set(a.max(b), a.min(b));
    }

    /// The root of every number.
    pub fn into_roots(mut self) -> Vec<u32> {
        // A parent is never greater than its number, so it has its root before.
        for number in 0..self.parent.len() as u32 {
            let root = self.parent(self.parent(number));
            self.set(number, root);
        }
        self.parent
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_component_is_called_by_its_first_number() {
        let mut components = Components::new(7);
        for (a, b) in [(6, 4), (4, 2), (5, 6), (1, 3)] {
            components.join(a, b);
        }
        assert_eq!(components.root(6), 2);
        assert_eq!(components.into_roots(), [0, 1, 2, 1, 2, 2, 2]);
    }
}
