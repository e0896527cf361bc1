//! Workers that share a folder without a lock: who they are, whether they live, and which of them has what. A claim is a file
//! that only one of them can create; nobody waits for a lock, and nobody removes a file of another. It knows no job, no
//! result and no scheduler.

mod beacon;
mod claim;
mod identity;
mod liveness;

pub use beacon::{Beacon, BeaconHandle, Running, beacons};
pub use claim::{Claim, Claims, Taking};
pub use identity::{Identity, host};
pub use liveness::{Life, live};
