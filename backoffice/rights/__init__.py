"""A person's right to know: everything held on them, as a document and as data (Law 91/2025/QH15, Decree 356/2025).

It stands above the other rooms, for it tells what each of them keeps, in their own words.
"""
