//! numpy's and torch's permutations against every row of goldens/permutations.json.

use runner::random::{numpy_permutation, torch_randperm};
use serde_json::Value;
use sha2::{Digest, Sha256};

/// Written by numpy and torch themselves: reference/make_goldens.py beside the contract, `permutations`.
const GOLDEN: &str = include_str!("../goldens/permutations.json");

fn check(library: &str, permute: fn(usize, u64) -> Vec<u32>) {
    let rows: Vec<Value> = serde_json::from_str(GOLDEN).unwrap();
    assert_eq!(rows.len(), 77);
    for row in rows {
        let (n, seed) = (row["n"].as_u64().unwrap() as usize, row["seed"].as_u64().unwrap());
        let order = permute(n, seed);
        let first: Vec<Value> = order.iter().take(8).map(|index| Value::from(*index)).collect();
        assert_eq!(Value::from(first), row[library]["first"], "{library}: n {n}, seed {seed}");
        let bytes: Vec<u8> = order.iter().flat_map(|index| index.to_le_bytes()).collect();
        let hash: String = Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(hash, row[library]["sha256_le_u32"].as_str().unwrap(), "{library}: n {n}, seed {seed}");
    }
}

#[test]
fn every_numpy_permutation_matches() {
    check("numpy", numpy_permutation);
}

#[test]
fn every_torch_permutation_matches() {
    check("torch", torch_randperm);
}

#[test]
fn nothing_to_permute_is_an_empty_order() {
    assert!(numpy_permutation(0, 42).is_empty());
    assert!(torch_randperm(0, 42).is_empty());
}
