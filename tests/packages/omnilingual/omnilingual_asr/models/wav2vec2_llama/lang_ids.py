supported_langs = ["deu_Latn", "eng_Latn", "lij_Latn", "uig_Arab", "uig_Latn"]
