#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| oxredis::topology::fuzz::topology(data));
