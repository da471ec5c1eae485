package main

// customerCmd is what a shop may have to do with one customer's data.
type customerCmd struct {
	Show   customerShowCmd   `cmd:"" help:"Show what is kept of a customer."`
	Export customerExportCmd `cmd:"" help:"Write all that is kept of a customer as one JSON file."`
	Erase  eraseCmd          `cmd:"" help:"Remove all that is kept of a customer, and write a receipt."`
	Verify verifyCmd         `cmd:"" name:"verify-erased" help:"Look whether anything is left of a customer who was erased: in the store, and in every byte of its folder."`
}
