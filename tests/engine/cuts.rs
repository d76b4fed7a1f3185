//! Cuts the connection at every byte of an exchange, read or written.

use std::io::ErrorKind;

use bytes::Bytes;
use oxredis::proto::command::{Request, SubscriptionKind};

use crate::driver::World;
use crate::invariants::check;
use crate::js::Outcome;
use crate::setup::{Options, config};
use crate::values::Shape;

/// Sends one request of each kind. Returns the serials in the order in which they are sent.
fn ask(world: &mut World, link: usize) -> Vec<u32> {
    let plain = Options::default();
    let mut serials = world.submit(link, &[Shape::Blob(5)], plain);
    serials.extend(world.submit(link, &[Shape::List(2, 9)], plain));
    serials.extend(world.submit(link, &[Shape::Line(3), Shape::Null, Shape::Blob(20)], plain));
    let subscribe = |ticket| Request::subscribe(ticket, SubscriptionKind::Channels, vec![Bytes::from_static(b"a")]);
    serials.extend(world.request(link, subscribe));
    serials.extend(world.submit(link, &[Shape::Number], Options { cancellable: true, timeout: 1000, ..plain }));
    serials.extend(world.submit(link, &[Shape::Error(7), Shape::Number], plain));
    serials
}

/// Creates a world with one ready link.
fn world() -> (World, usize) {
    let mut world = World::new();
    let link = world.ready(config());
    (world, link)
}

fn reconnect(world: &mut World, link: usize) {
    world.room = usize::MAX;
    world.retry(link, 0);
    world.connect(link);
}

fn is_answered(world: &World, serial: u32) -> bool {
    matches!(world.outcome(serial), Some(Outcome::Reply(_) | Outcome::Text(_)))
}

#[test]
fn at_every_byte_that_is_read() {
    for end in [Ok(()), Err(ErrorKind::ConnectionReset)] {
        for offset in 0.. {
            let (mut world, link) = world();
            let serials = ask(&mut world, link);
            while world.server(link).execute() {}
            let all = world.server(link).outbox.len();
            world.server(link).deliver(offset);
            world.wire(link).borrow_mut().end = Some(end);
            while world.wire(link).borrow().is_readable() {
                world.report(link, true, false);
            }
            let answered = serials.iter().take_while(|serial| is_answered(&world, **serial)).count();
            assert!(
                serials[answered..].iter().all(|serial| {
                    world.outcome(*serial) == Some(&Outcome::Failed(Outcome::LOST, Outcome::WRITTEN))
                })
            );
            assert_eq!(answered == serials.len(), offset >= all, "{answered} answers of {offset} bytes");
            reconnect(&mut world, link);
            assert_eq!(world.js.waiting(), Vec::<u32>::new());
            check(&mut world);
            if offset >= all {
                break;
            }
        }
    }
}

#[test]
fn at_every_byte_that_is_written() {
    for error in [None, Some(ErrorKind::BrokenPipe), Some(ErrorKind::TimedOut)] {
        for offset in 0.. {
            let (mut world, link) = world();
            world.wire(link).borrow_mut().room = offset;
            let serials = ask(&mut world, link);
            let all_written = !world.wire(link).borrow().watching;
            world.wire(link).borrow_mut().write_error = error;
            let writable = world.wire(link).borrow().is_writable();
            world.report(link, false, writable);
            world.wire(link).borrow_mut().end = Some(Err(ErrorKind::ConnectionReset));
            world.attend();
            let readable = world.wire(link).borrow().is_readable();
            world.report(link, readable, false);
            // Nothing was answered: requests of which a part was written fail, with the rest of their chains; all
            // others are sent again.
            reconnect(&mut world, link);
            assert_eq!(world.js.waiting(), Vec::<u32>::new());
            let kept = serials.iter().skip_while(|serial| !is_answered(&world, **serial)).count();
            assert!(serials[serials.len() - kept..].iter().all(|serial| is_answered(&world, *serial)));
            assert!(kept == 0 || !all_written, "{offset} bytes, {kept} kept");
            check(&mut world);
            if all_written {
                break;
            }
        }
    }
}
