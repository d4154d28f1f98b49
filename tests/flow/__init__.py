"""The products, from received file to edition."""
