//go:build !race

package proxy_test

// raceDetector is off.
const raceDetector = false
