#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| oxredis::proto::parser::fuzz::parser(data));
