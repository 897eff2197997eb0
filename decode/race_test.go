//go:build race

package decode_test

// raceDetector reports whether the race detector is on; it takes much of the time and memory that a test measures.
const raceDetector = true
