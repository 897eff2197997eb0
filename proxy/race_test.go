//go:build race

package proxy_test

// raceDetector: it takes memory of its own for all that is in memory.
const raceDetector = true
