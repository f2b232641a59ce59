"""Omnilingual ASR's codes: of a language that ISO 639-1 has, and of any other by that of ISO 639-3."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

# A language of ISO 639-3 and a script each, as in the package's lang_ids.py; of several scripts the usual one.
_CODES = """
    ab=abk_Cyrl af=afr_Latn ak=aka_Latn am=amh_Ethi an=arg_Latn ar=arb_Arab as=asm_Beng av=ava_Cyrl ay=ayr_Latn
    az=aze_Latn ba=bak_Cyrl be=bel_Cyrl bg=bul_Cyrl bi=bis_Latn bm=bam_Latn bn=ben_Beng bo=bod_Tibt br=bre_Latn
    bs=bos_Latn ca=cat_Latn ce=che_Cyrl cs=ces_Latn cv=chv_Cyrl cy=cym_Latn da=dan_Latn de=deu_Latn dv=div_Thaa
    dz=dzo_Tibt ee=ewe_Latn el=ell_Grek en=eng_Latn eo=epo_Latn es=spa_Latn et=ekk_Latn eu=eus_Latn fa=fas_Arab
    ff=ful_Latn fi=fin_Latn fj=fij_Latn fo=fao_Latn fr=fra_Latn fy=fry_Latn ga=gle_Latn gl=glg_Latn gn=grn_Latn
    gu=guj_Gujr gv=glv_Latn ha=hau_Latn he=heb_Hebr hi=hin_Deva hr=hrv_Latn ht=hat_Latn hu=hun_Latn hy=hye_Armn
    hz=her_Latn ia=ina_Latn id=ind_Latn ig=ibo_Latn ik=ipk_Latn is=isl_Latn it=ita_Latn ja=jpn_Jpan jv=jav_Latn
    jw=jav_Latn ka=kat_Geor ki=kik_Latn kj=kua_Latn kk=kaz_Cyrl km=khm_Khmr kn=kan_Knda ko=kor_Hang ks=kas_Arab
    ku=kur_Arab kw=cor_Latn ky=kir_Cyrl la=lat_Latn lb=ltz_Latn lg=lug_Latn ln=lin_Latn lo=lao_Laoo lt=lit_Latn
    lv=lav_Latn mg=mlg_Latn mh=mah_Latn mi=mri_Latn mk=mkd_Cyrl ml=mal_Mlym mn=mon_Cyrl mr=mar_Deva ms=zsm_Latn
    mt=mlt_Latn my=mya_Mymr nb=nob_Latn ne=nep_Deva ng=ndo_Latn nl=nld_Latn no=nob_Latn ny=nya_Latn oc=oci_Latn
    om=orm_Latn or=ory_Orya os=oss_Cyrl pa=pan_Guru pl=pol_Latn ps=pus_Arab pt=por_Latn qu=quy_Latn rm=roh_Latn
    rn=run_Latn ro=ron_Latn ru=rus_Cyrl rw=kin_Latn sc=srd_Latn sd=snd_Arab sg=sag_Latn si=sin_Sinh sk=slk_Latn
    sl=slv_Latn sm=smo_Latn sn=sna_Latn so=som_Latn sq=als_Latn sr=srp_Cyrl su=sun_Latn sv=swe_Latn sw=swh_Latn
    ta=tam_Taml te=tel_Telu tg=tgk_Cyrl th=tha_Thai ti=tir_Ethi tk=tuk_Latn tl=fil_Latn tn=tsn_Latn tr=tur_Latn
    ts=tso_Latn tt=tat_Cyrl ug=uig_Arab uk=ukr_Cyrl ur=urd_Arab uz=uzb_Latn vi=vie_Latn wo=wol_Latn xh=xho_Latn
    yi=ydd_Hebr yo=yor_Latn yue=yue_Hant za=zyb_Latn zh=cmn_Hans zu=zul_Latn
"""
CODES: Mapping[str, str] = dict(pair.split("=") for pair in _CODES.split())


def codes_of(language: str, known: Iterable[str]) -> list[str]:
    """Return those of the `known` codes that mean a language, "en" or "lij"; several where scripts differ."""
    if language in CODES:
        return [CODES[language]]
    return [code for code in known if code.startswith(f"{language}_")]
