"""Small catalogs of our own in strangers' formats."""

SHOPIFY = """Handle,Title,Body (HTML),Type,Option1 Name,Option1 Value,Variant SKU,Variant Barcode,\
Variant Price,Variant Taxable,Variant Inventory Qty
linen-shirt,Linen shirt,<p>Light</p>,Shirts,Size,S,LS-S,4006381333931,42.00,true,3
linen-shirt,,,,,M,LS-M,,42.00,true,
linen-shirt,,,,,L,LS-L,,45.50,true,
canvas-tote,Canvas tote,,Bags,Title,Default Title,TOTE,036000291452,12.90,true,
gift-wrap,Gift wrap,,Bags,Title,Default Title,,,0.00,false,
"""
SHOPIFY_CENTS = 4200 + 4200 + 4550 + 1290

PLAIN = "Name;Price;SKU;Barcode;Category\nEspresso;2,50;ESP;;Coffee\nFlat white;4,20;FW;;Coffee\n"

FACTS = """code\tproduct_name\tcategories_tags\tbrands_tags\tcountries_tags\tlc
4006381333931\tOat biscuits\ten:snacks\tx\ten:germany\ten
0036000291452\tRoast nuts\ten:snacks\tx\ten:germany\ten
"""

WOOCOMMERCE = """ID,Type,SKU,Name,Published,Regular price,Categories,Parent,\
Attribute 1 name,Attribute 1 value(s)
44,variable,HOOD,Hoodie,1,,Clothing > Hoodies,,Color,"Red, Blue"
45,variation,HOOD-R,Hoodie - Red,1,45,,id:44,Color,Red
46,variation,HOOD-B,Hoodie - Blue,1,47,,id:44,Color,Blue
47,simple,CAP,Cap,1,16,Clothing > Accessories,,,
"""
WOOCOMMERCE_BY_SKU = (
    WOOCOMMERCE.replace("id:44", "HOOD")
    .replace("\n44,", "\n,")
    .replace("\n45,", "\n,")
    .replace("\n46,", "\n,")
    .replace("\n47,", "\n,")
)

SQUARE = """{"objects": [
 {"type": "CATEGORY", "id": "C1", "category_data": {"name": "Coffee"}},
 {"type": "MODIFIER_LIST", "id": "M1", "modifier_list_data": {"name": "Milk", "selection_type": "SINGLE",
  "modifiers": [
   {"type": "MODIFIER", "id": "M1A", "modifier_data": {"name": "Oat", "price_money": {"amount": 60,
    "currency": "USD"}}},
   {"type": "MODIFIER", "id": "M1B", "modifier_data": {"name": "Whole"}}]}},
 {"type": "ITEM", "id": "I1", "item_data": {"name": "Latte", "category_id": "C1",
  "modifier_list_info": [{"modifier_list_id": "M1"}],
  "variations": [
   {"type": "ITEM_VARIATION", "id": "V1", "item_variation_data": {"name": "Small",
    "price_money": {"amount": 400, "currency": "USD"}}},
   {"type": "ITEM_VARIATION", "id": "V2", "item_variation_data": {"name": "Large",
    "price_money": {"amount": 475, "currency": "USD"}}}]}}
]}"""
