//go:build race

package inspect

// raceDetector: the detector takes most of the time of tests that draw much.
const raceDetector = true
