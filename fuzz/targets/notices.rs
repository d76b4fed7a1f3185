#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| oxredis::proto::notices::fuzz(data));
