//go:build race

package report_test

// raceDetector: the detector takes most of the time of tests that draw much.
const raceDetector = true
