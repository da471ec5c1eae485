package main

// customerCmd is what a shop may have to do with one customer's data.
type customerCmd struct {
	Show   customerShowCmd   `cmd:"" help:"Show what is kept of a customer."`
	Export customerExportCmd `cmd:"" help:"Write all that is kept of a customer as one JSON file."`
}
