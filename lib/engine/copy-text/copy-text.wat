;; Takes COPY text out of the server's messages, and finds, counts and digests its rows. copy-text.ts explains the
;; meaning. test/unit/engine/copy-text/copy-text-wasm.test.ts compiles this file into copy-text-wasm.ts.
;;
;; The first 96 bytes hold the state of one stream. They are zero when a stream begins:
;;    0  32 bytes  bytes of the open row that are not hashed yet: less than a stripe of 32 bytes
;;   32  4 × i64   xxHash64's accumulators for that row
;;   64  i64       number of bytes of that row so far
;;   72  i64       sum of the hashes of complete rows, modulo 2^64
;;   80  i64       number of complete rows
;;   88  i32       number of bytes held at 0
;;   92  i32       bytes still to come of the open CopyData message
(module
  ;; Pages of 64 KiB: state, short input from 1024, 256 KiB of input from 4096, and from 327680 pieces of text, between
  ;; which there is room to read and write beyond their ends. Memory that nobody has used takes none.
  (memory (export "memory") 112 112)

  ;; xxHash64, seed 0 (github.com/Cyan4973/xxHash, doc/xxhash_spec.md): five primes.
  ;; P1 0x9E3779B185EBCA87  P2 0xC2B2AE3D27D4EB4F  P3 0x165667B19E3779F9  P4 0x85EBCA77C2B2AE63  P5 0x27D4EB2F165667C5

  (func $round (param $accumulator i64) (param $lane i64) (result i64)
    (i64.mul
      (i64.rotl
        (i64.add (local.get $accumulator) (i64.mul (local.get $lane) (i64.const 0xC2B2AE3D27D4EB4F)))
        (i64.const 31))
      (i64.const 0x9E3779B185EBCA87)))

  (func $merge (param $hash i64) (param $accumulator i64) (result i64)
    (i64.add
      (i64.mul
        (i64.xor (local.get $hash) (call $round (i64.const 0) (local.get $accumulator)))
        (i64.const 0x9E3779B185EBCA87))
      (i64.const 0x85EBCA77C2B2AE63)))

  (func $begin
    (i64.store offset=32 (i32.const 0) (i64.const 0x60EA27EEADC0B5D6)) ;; P1 + P2
    (i64.store offset=40 (i32.const 0) (i64.const 0xC2B2AE3D27D4EB4F)) ;; P2
    (i64.store offset=48 (i32.const 0) (i64.const 0))
    (i64.store offset=56 (i32.const 0) (i64.const 0x61C8864E7A143579))) ;; -P1

  ;; Hashes all complete stripes of 32 bytes, and returns the start of the rest.
  (func $stripes (param $at i32) (param $end i32) (result i32)
    (local $a i64) (local $b i64) (local $c i64) (local $d i64) (local $last i32)
    (local.set $a (i64.load offset=32 (i32.const 0)))
    (local.set $b (i64.load offset=40 (i32.const 0)))
    (local.set $c (i64.load offset=48 (i32.const 0)))
    (local.set $d (i64.load offset=56 (i32.const 0)))
    (local.set $last (i32.sub (local.get $end) (i32.const 32)))
    (block $done
      (loop $next
        (br_if $done (i32.gt_s (local.get $at) (local.get $last)))
        (local.set $a (call $round (local.get $a) (i64.load (local.get $at))))
        (local.set $b (call $round (local.get $b) (i64.load offset=8 (local.get $at))))
        (local.set $c (call $round (local.get $c) (i64.load offset=16 (local.get $at))))
        (local.set $d (call $round (local.get $d) (i64.load offset=24 (local.get $at))))
        (local.set $at (i32.add (local.get $at) (i32.const 32)))
        (br $next)))
    (i64.store offset=32 (i32.const 0) (local.get $a))
    (i64.store offset=40 (i32.const 0) (local.get $b))
    (i64.store offset=48 (i32.const 0) (local.get $c))
    (i64.store offset=56 (i32.const 0) (local.get $d))
    (local.get $at))

  (func $converge (result i64)
    (local $a i64) (local $b i64) (local $c i64) (local $d i64)
    (local.set $a (i64.load offset=32 (i32.const 0)))
    (local.set $b (i64.load offset=40 (i32.const 0)))
    (local.set $c (i64.load offset=48 (i32.const 0)))
    (local.set $d (i64.load offset=56 (i32.const 0)))
    (i64.add
      (i64.add (i64.rotl (local.get $a) (i64.const 1)) (i64.rotl (local.get $b) (i64.const 7)))
      (i64.add (i64.rotl (local.get $c) (i64.const 12)) (i64.rotl (local.get $d) (i64.const 18))))
    (call $merge (local.get $a))
    (call $merge (local.get $b))
    (call $merge (local.get $c))
    (call $merge (local.get $d)))

  ;; Hashes the bytes after the last stripe, and mixes.
  (func $finish (param $hash i64) (param $at i32) (param $end i32) (result i64)
    (block $words
      (loop $next
        (br_if $words (i32.gt_u (i32.add (local.get $at) (i32.const 8)) (local.get $end)))
        (local.set $hash
          (i64.add
            (i64.mul
              (i64.rotl
                (i64.xor (local.get $hash) (call $round (i64.const 0) (i64.load (local.get $at))))
                (i64.const 27))
              (i64.const 0x9E3779B185EBCA87))
            (i64.const 0x85EBCA77C2B2AE63)))
        (local.set $at (i32.add (local.get $at) (i32.const 8)))
        (br $next)))
    (if (i32.le_u (i32.add (local.get $at) (i32.const 4)) (local.get $end))
      (then
        (local.set $hash
          (i64.add
            (i64.mul
              (i64.rotl
                (i64.xor (local.get $hash)
                  (i64.mul (i64.load32_u (local.get $at)) (i64.const 0x9E3779B185EBCA87)))
                (i64.const 23))
              (i64.const 0xC2B2AE3D27D4EB4F))
            (i64.const 0x165667B19E3779F9)))
        (local.set $at (i32.add (local.get $at) (i32.const 4)))))
    (block $bytes
      (loop $next
        (br_if $bytes (i32.ge_u (local.get $at) (local.get $end)))
        (local.set $hash
          (i64.mul
            (i64.rotl
              (i64.xor (local.get $hash)
                (i64.mul (i64.load8_u (local.get $at)) (i64.const 0x27D4EB2F165667C5)))
              (i64.const 11))
            (i64.const 0x9E3779B185EBCA87)))
        (local.set $at (i32.add (local.get $at) (i32.const 1)))
        (br $next)))
    (local.set $hash
      (i64.mul
        (i64.xor (local.get $hash) (i64.shr_u (local.get $hash) (i64.const 33)))
        (i64.const 0xC2B2AE3D27D4EB4F)))
    (local.set $hash
      (i64.mul
        (i64.xor (local.get $hash) (i64.shr_u (local.get $hash) (i64.const 29)))
        (i64.const 0x165667B19E3779F9)))
    (i64.xor (local.get $hash) (i64.shr_u (local.get $hash) (i64.const 32))))

  ;; The hash of a row that is complete in memory.
  (func $whole (param $at i32) (param $end i32) (result i64)
    (local $bytes i64) (local $hash i64)
    (local.set $bytes (i64.extend_i32_u (i32.sub (local.get $end) (local.get $at))))
    (if (i64.ge_u (local.get $bytes) (i64.const 32))
      (then
        (call $begin)
        (local.set $at (call $stripes (local.get $at) (local.get $end)))
        (local.set $hash (call $converge)))
      (else (local.set $hash (i64.const 0x27D4EB2F165667C5))))
    (call $finish (i64.add (local.get $hash) (local.get $bytes)) (local.get $at) (local.get $end)))

  ;; Adds bytes to the open row.
  (func $extend (param $at i32) (param $end i32)
    (local $held i32) (local $missing i32)
    (if (i64.eqz (i64.load offset=64 (i32.const 0))) (then (call $begin)))
    (i64.store offset=64 (i32.const 0)
      (i64.add
        (i64.load offset=64 (i32.const 0))
        (i64.extend_i32_u (i32.sub (local.get $end) (local.get $at)))))
    (local.set $held (i32.load offset=88 (i32.const 0)))
    (if (local.get $held)
      (then
        (local.set $missing (i32.sub (i32.const 32) (local.get $held)))
        (if (i32.gt_u (local.get $missing) (i32.sub (local.get $end) (local.get $at)))
          (then (local.set $missing (i32.sub (local.get $end) (local.get $at)))))
        (memory.copy (local.get $held) (local.get $at) (local.get $missing))
        (local.set $at (i32.add (local.get $at) (local.get $missing)))
        (local.set $held (i32.add (local.get $held) (local.get $missing)))
        (if (i32.eq (local.get $held) (i32.const 32))
          (then
            (drop (call $stripes (i32.const 0) (i32.const 32)))
            (local.set $held (i32.const 0))))))
    (if (i32.lt_u (local.get $at) (local.get $end))
      (then
        (local.set $at (call $stripes (local.get $at) (local.get $end)))
        (local.set $held (i32.sub (local.get $end) (local.get $at)))
        (memory.copy (i32.const 0) (local.get $at) (local.get $held))))
    (i32.store offset=88 (i32.const 0) (local.get $held)))

  ;; The hash of the open row. A new, empty row begins.
  (func $close (result i64)
    (local $bytes i64) (local $hash i64)
    (local.set $bytes (i64.load offset=64 (i32.const 0)))
    (local.set $hash (i64.const 0x27D4EB2F165667C5))
    (if (i64.ge_u (local.get $bytes) (i64.const 32)) (then (local.set $hash (call $converge))))
    (local.set $hash
      (call $finish
        (i64.add (local.get $hash) (local.get $bytes))
        (i32.const 0)
        (i32.load offset=88 (i32.const 0))))
    (i64.store offset=64 (i32.const 0) (i64.const 0))
    (i32.store offset=88 (i32.const 0) (i32.const 0))
    (local.get $hash))

  ;; The position of the next line feed, or `end`.
  (func $lineFeed (param $at i32) (param $end i32) (result i32)
    (local $found i32)
    (block $tail
      (loop $next
        (br_if $tail (i32.gt_u (i32.add (local.get $at) (i32.const 16)) (local.get $end)))
        (local.set $found
          (i8x16.bitmask (i8x16.eq (v128.load (local.get $at)) (i8x16.splat (i32.const 10)))))
        (if (local.get $found) (then (return (i32.add (local.get $at) (i32.ctz (local.get $found))))))
        (local.set $at (i32.add (local.get $at) (i32.const 16)))
        (br $next)))
    (block $none
      (loop $next
        (br_if $none (i32.ge_u (local.get $at) (local.get $end)))
        (br_if $none (i32.eq (i32.load8_u (local.get $at)) (i32.const 10)))
        (local.set $at (i32.add (local.get $at) (i32.const 1)))
        (br $next)))
    (local.get $at))

  ;; Digests text that may be cut anywhere.
  (func $digest (export "digest") (param $at i32) (param $end i32)
    (local $feed i32) (local $rows i64) (local $sum i64)
    (local.set $sum (i64.load offset=72 (i32.const 0)))
    (block $done
      (loop $next
        (local.set $feed (call $lineFeed (local.get $at) (local.get $end)))
        (br_if $done (i32.eq (local.get $feed) (local.get $end)))
        (if (i64.eqz (i64.load offset=64 (i32.const 0)))
          (then (local.set $sum (i64.add (local.get $sum) (call $whole (local.get $at) (local.get $feed)))))
          (else
            (call $extend (local.get $at) (local.get $feed))
            (local.set $sum (i64.add (local.get $sum) (call $close)))))
        (local.set $rows (i64.add (local.get $rows) (i64.const 1)))
        (local.set $at (i32.add (local.get $feed) (i32.const 1)))
        (br $next)))
    (if (i32.lt_u (local.get $at) (local.get $end)) (then (call $extend (local.get $at) (local.get $end))))
    (i64.store offset=72 (i32.const 0) (local.get $sum))
    (i64.store offset=80 (i32.const 0) (i64.add (i64.load offset=80 (i32.const 0)) (local.get $rows))))

  ;; Copies short pieces 16 bytes at a time. Surplus bytes are overwritten later, or lie beyond the end.
  (func $copy (param $to i32) (param $from i32) (param $bytes i32)
    (local $end i32)
    (if (i32.gt_u (local.get $bytes) (i32.const 1024))
      (then (memory.copy (local.get $to) (local.get $from) (local.get $bytes)) (return)))
    (local.set $end (i32.add (local.get $from) (local.get $bytes)))
    (block $done
      (loop $next
        (br_if $done (i32.ge_u (local.get $from) (local.get $end)))
        (v128.store (local.get $to) (v128.load (local.get $from)))
        (local.set $to (i32.add (local.get $to) (i32.const 16)))
        (local.set $from (i32.add (local.get $from) (i32.const 16)))
        (br $next))))

  ;; Takes the content of CopyData messages (`d`, a length of four bytes that counts itself, content) out of the bytes
  ;; of a server. Returns where it stopped: at the end, before a message of another kind, or before a header with less
  ;; than five bytes. Also returns the number of bytes of content, which are copied to `to` and digested.
  (func (export "unframe") (param $from i32) (param $end i32) (param $to i32) (result i32 i32)
    (local $left i32) (local $some i32) (local $text i32)
    (local.set $text (local.get $to))
    (local.set $left (i32.load offset=92 (i32.const 0)))
    (block $stop
      (loop $next
        (if (local.get $left)
          (then
            (local.set $some (i32.sub (local.get $end) (local.get $from)))
            (br_if $stop (i32.eqz (local.get $some)))
            (if (i32.lt_u (local.get $left) (local.get $some)) (then (local.set $some (local.get $left))))
            (call $copy (local.get $to) (local.get $from) (local.get $some))
            (local.set $from (i32.add (local.get $from) (local.get $some)))
            (local.set $to (i32.add (local.get $to) (local.get $some)))
            (local.set $left (i32.sub (local.get $left) (local.get $some)))))
        (br_if $stop (i32.lt_u (i32.sub (local.get $end) (local.get $from)) (i32.const 5)))
        (br_if $stop (i32.ne (i32.load8_u (local.get $from)) (i32.const 100)))
        (local.set $left
          (i32.sub
            (i32.or
              (i32.or
                (i32.shl (i32.load8_u offset=1 (local.get $from)) (i32.const 24))
                (i32.shl (i32.load8_u offset=2 (local.get $from)) (i32.const 16)))
              (i32.or
                (i32.shl (i32.load8_u offset=3 (local.get $from)) (i32.const 8))
                (i32.load8_u offset=4 (local.get $from))))
            (i32.const 4)))
        ;; No server sends such a length, so the bytes are not understood.
        (if (i32.lt_s (local.get $left) (i32.const 0)) (then (unreachable)))
        (local.set $from (i32.add (local.get $from) (i32.const 5)))
        (br $next)))
    (i32.store offset=92 (i32.const 0) (local.get $left))
    (call $digest (local.get $text) (local.get $to))
    (local.get $from)
    (i32.sub (local.get $to) (local.get $text))))
