//! The gradients of the embedding tables.

use runner::engine::cpu::embedding::{self, Lookup};
use runner::engine::cuda::arguments::SumGroups;
use runner::engine::{Batch, EmbeddingTables};

use super::*;

/// Of a batch whose words and positions recur, in the order of the tokens: one running sum an element on either side.
#[test]
fn sums_of_groups_have_the_bits_of_the_embeddings_gradient_on_the_cpu() {
    for width in [1, 5, 33, 384, 768, 1030, 2500] {
        let mut batch = Batch::new(1);
        for (sentence, len) in [(0, 9), (1, 1), (2, 17)] {
            let ids: Vec<u32> = (0..len as u32).map(|token| (token * 3 + sentence) % 6).collect();
            batch.push(sentence, &ids, &vec![0; len]);
        }
        let outer = draws("outer", batch.tokens() * width);
        let tables = [8, 20].map(|rows| draws("before", rows * width));
        let mut cpu = tables.clone();
        let [words, positions] = cpu.each_mut().map(Vec::as_mut_slice);
        let gradients = EmbeddingTables { words, positions, segments: &mut [][..] };
        embedding::backward(gradients, &outer, width, Lookup::of(&batch, 2));
        let positions: Vec<u32> = batch.positions.iter().map(|position| position + 2).collect();
        for ((table, index), expected) in tables.iter().zip([&batch.ids, &positions]).zip(&cpu) {
            let mut rows: Vec<u32> = index.clone();
            rows.sort_unstable();
            rows.dedup();
            let (mut starts, mut members) = (vec![0], Vec::new());
            for row in &rows {
                members.extend((0..index.len()).filter(|token| index[*token] == *row).map(|token| token as u32));
                starts.push(members.len() as u32);
            }
            let device = on_both(|device| {
                let arguments = SumGroups {
                    table: device.floats(table),
                    gradient: device.floats(&outer),
                    rows: device.words(&rows),
                    starts: device.words(&starts),
                    members: device.words(&members),
                    width: width as u32,
                };
                device.launch([rows.len(), 1], &arguments);
                device.read(arguments.table, table.len())
            });
            assert_same(&device, expected, "table");
        }
    }
}
