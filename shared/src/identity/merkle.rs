//! Merkle trees (RFC 9162 section 2.1) over the receipts of an hour, in the order of their digests.

use serde::Serialize;

use super::Digest;

/// The root over these leaves. Without leaves it is the hash of an empty string.
pub fn root(leaves: &[Digest]) -> Digest {
    match leaves {
        [] => Digest::of(b""),
        leaves => subtree(leaves),
    }
}

/// The proof that a leaf is in a tree: its place, and the sibling hashes on the way to the root.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Inclusion {
    /// The leaf's place, from 0.
    pub leaf_index: usize,
    /// The number of leaves of the tree.
    pub tree_size: usize,
    /// The sibling hashes, from the leaf up.
    pub path: Vec<Digest>,
}

impl Inclusion {
    /// The proof for the leaf at this place. `None` if there is no such leaf.
    pub fn of(leaves: &[Digest], leaf_index: usize) -> Option<Self> {
        if leaf_index >= leaves.len() {
            return None;
        }
        let (mut path, mut rest, mut place) = (Vec::new(), leaves, leaf_index);
        while let Some((left, right)) = halves(rest) {
            if place < left.len() {
                path.push(subtree(right));
                rest = left;
            } else {
                path.push(subtree(left));
                place -= left.len();
                rest = right;
            }
        }
        path.reverse();
        Some(Self { leaf_index, tree_size: leaves.len(), path })
    }

    /// The root that this proof gives for a leaf. `None` if the proof fits no tree (RFC 9162
    /// section 2.1.3.2).
    pub fn root_from(&self, leaf: Digest) -> Option<Digest> {
        if self.leaf_index >= self.tree_size {
            return None;
        }
        let (mut place, mut last, mut hash) = (self.leaf_index, self.tree_size - 1, leaf_hash(leaf));
        for beside in &self.path {
            if last == 0 {
                return None;
            }
            if place % 2 == 1 || place == last {
                hash = node(*beside, hash);
                while place % 2 == 0 && place > 0 {
                    place /= 2;
                    last /= 2;
                }
            } else {
                hash = node(hash, *beside);
            }
            place /= 2;
            last /= 2;
        }
        (last == 0).then_some(hash)
    }
}

/// The root over at least one leaf.
fn subtree(leaves: &[Digest]) -> Digest {
    match (halves(leaves), leaves) {
        (Some((left, right)), _) => node(subtree(left), subtree(right)),
        (None, [leaf]) => leaf_hash(*leaf),
        (None, _) => Digest::of(b""),
    }
}

/// Splits two or more leaves at the largest power of two below their number.
fn halves(leaves: &[Digest]) -> Option<(&[Digest], &[Digest])> {
    let count = leaves.len();
    if count < 2 {
        return None;
    }
    leaves.split_at_checked(count.next_power_of_two() / 2)
}

fn leaf_hash(leaf: Digest) -> Digest {
    Digest::of_all(&[&[0], leaf.as_bytes()])
}

fn node(left: Digest, right: Digest) -> Digest {
    Digest::of_all(&[&[1], left.as_bytes(), right.as_bytes()])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn leaves(count: usize) -> Vec<Digest> {
        (0..count).map(|index| Digest::of(&index.to_be_bytes())).collect()
    }

    #[test]
    fn every_leaf_of_every_small_tree_leads_to_its_root_and_to_no_other() {
        for count in 1..40 {
            let leaves = leaves(count);
            for (index, leaf) in leaves.iter().enumerate() {
                let proof = Inclusion::of(&leaves, index).unwrap();
                assert_eq!(proof.root_from(*leaf), Some(root(&leaves)), "{index} of {count}");
                assert_ne!(proof.root_from(Digest::of(b"another")), Some(root(&leaves)));
                for wrong in 0..count + 2 {
                    let moved = Inclusion { leaf_index: wrong, ..proof.clone() };
                    assert!(wrong == index || moved.root_from(*leaf) != Some(root(&leaves)), "{index} as {wrong}");
                }
                let longer = Inclusion { path: [proof.path.clone(), vec![*leaf]].concat(), ..proof.clone() };
                assert_eq!(longer.root_from(*leaf), None);
            }
            assert_eq!(Inclusion::of(&leaves, count), None);
        }
    }

    #[test]
    fn trees_are_those_of_rfc_9162() {
        let [a, b, c] = [1, 2, 3].map(|byte| Digest::of(&[byte]));
        assert_eq!(root(&[]), Digest::of(b""));
        assert_eq!(root(&[a]), Digest::of_all(&[&[0], a.as_bytes()]));
        let left = Digest::of_all(&[&[1], root(&[a]).as_bytes(), root(&[b]).as_bytes()]);
        assert_eq!(root(&[a, b, c]), Digest::of_all(&[&[1], left.as_bytes(), root(&[c]).as_bytes()]));
    }

    #[test]
    fn another_set_of_leaves_is_another_root() {
        let roots: Vec<_> = (0..20).map(|count| root(&leaves(count))).collect();
        for (index, one) in roots.iter().enumerate() {
            assert!(roots.iter().skip(index + 1).all(|other| other != one));
        }
    }
}
